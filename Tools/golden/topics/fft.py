"""Discrete Fourier transforms. Complex operands and results are two arrays, their real and imaginary parts."""

import jax.numpy as jnp
from jax import lax

from golden_file import generator
from operations import operation

# Powers of two, products of 2, 3 and 5, odd ones, primes, and 1.
LENGTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 15, 16, 17, 30, 37, 60, 64, 77, 100)


def numbers(name, shape):
    return generator(name).standard_normal(shape).astype("float32")


def of_parts(function):
    """`function` of complex numbers as one of real and imaginary parts, with such results."""

    def apply(re, im):
        z = function(lax.complex(re, im))
        return (z.real, z.imag) if jnp.iscomplexobj(z) else z

    return apply


def parts_of(function):
    def apply(x):
        z = function(x)
        return z.real, z.imag

    return apply


def complex_operands(name, shape):
    return [numbers(f"{name} re", shape), numbers(f"{name} im", shape)]


def add_cases(file):
    fft = jnp.fft
    for n in LENGTHS:
        shape = (3, n)
        operation(file, f"fft.{n}", of_parts(fft.fft), complex_operands(f"fft {n}", shape))
        operation(file, f"ifft.{n}", of_parts(fft.ifft), complex_operands(f"ifft {n}", shape))
        operation(file, f"rfft.{n}", parts_of(fft.rfft), [numbers(f"rfft {n}", shape)])
        half = complex_operands(f"irfft {n}", (3, n // 2 + 1))
        operation(file, f"irfft.{n}", of_parts(lambda x: fft.irfft(x, n)), half, n=n)
    operation(file, "irfft.plain", of_parts(fft.irfft), complex_operands("irfft", (2, 5)))
    for norm in ("ortho", "forward"):
        operands = complex_operands(norm, (6,))
        operation(file, f"fft.{norm}", of_parts(lambda x: fft.fft(x, norm=norm)), operands, norm=norm)
        operation(file, f"ifft.{norm}", of_parts(lambda x: fft.ifft(x, norm=norm)), operands, norm=norm)
        operation(file, f"rfft.{norm}", parts_of(lambda x: fft.rfft(x, norm=norm)), operands[:1], norm=norm)
        operation(file, f"irfft.{norm}", of_parts(lambda x: fft.irfft(x, norm=norm)), operands, norm=norm)
    for n in (4, 9):
        for axis in (0, 1):
            operands = complex_operands(f"axis {axis} {n}", (6, 5, 2))
            arguments = {"n": n, "axis": axis}
            name = f"{'shorter' if n < 5 else 'longer'}.axis{axis}"
            operation(file, f"fft.{name}", of_parts(lambda x: fft.fft(x, n, axis)), operands, **arguments)
            operation(file, f"ifft.{name}", of_parts(lambda x: fft.ifft(x, n, axis)), operands, **arguments)
            operation(file, f"rfft.{name}", parts_of(lambda x: fft.rfft(x, n, axis)), operands[:1], **arguments)
            operation(file, f"irfft.{name}", of_parts(lambda x: fft.irfft(x, n, axis)), operands, **arguments)
    for suffix, arguments in (
        ("", {}),
        (".sizes", {"s": (4, 7)}),
        (".axes", {"axes": (2, 0)}),
        (".ortho", {"norm": "ortho"}),
        (".all", {"s": (3, 6), "axes": (0, 1), "norm": "forward"}),
    ):
        operands = complex_operands(f"two{suffix}", (2, 5, 6))
        attributes = {{"s": "sizes"}.get(key, key): value for key, value in arguments.items()}
        operation(file, f"fft2{suffix}", of_parts(lambda x: fft.fft2(x, **arguments)), operands, **attributes)
        operation(file, f"ifft2{suffix}", of_parts(lambda x: fft.ifft2(x, **arguments)), operands, **attributes)
        operation(file, f"rfft2{suffix}", parts_of(lambda x: fft.rfft2(x, **arguments)), operands[:1], **attributes)
        operation(file, f"irfft2{suffix}", of_parts(lambda x: fft.irfft2(x, **arguments)), operands, **attributes)
    operands = complex_operands("three", (2, 3, 4))
    operation(file, "fftn", of_parts(fft.fftn), operands)
    operation(file, "ifftn", of_parts(fft.ifftn), operands)
    operation(file, "rfftn", parts_of(fft.rfftn), operands[:1])
    operation(file, "irfftn", of_parts(fft.irfftn), operands)
    operation(file, "fft.real", parts_of(fft.fft), [numbers("fft real", (2, 6))])
    for n in (1, 4, 7):
        x = numbers(f"shift {n}", (n, 3))
        operation(file, f"fftShift.{n}", fft.fftshift, [x])
        operation(file, f"ifftShift.{n}", fft.ifftshift, [x])
        operation(file, f"fftShift.axis.{n}", lambda x: fft.fftshift(x, 0), [x], axes=(0,))
        operation(file, f"fftFrequencies.{n}", lambda: fft.fftfreq(n, 0.5), [], n=n, spacing=0.5)
        operation(file, f"rfftFrequencies.{n}", lambda: fft.rfftfreq(n, 0.5), [], n=n, spacing=0.5)
    # The convolution theorem: derivatives through a transform and its inverse.
    a, b = numbers("convolution a", (9,)), numbers("convolution b", (9,))
    operation(file, "circularConvolution", lambda a, b: fft.irfft(fft.rfft(a) * fft.rfft(b), 9), [a, b])
    operation(file, "magnitude", of_parts(jnp.abs), complex_operands("magnitude", (3, 4)))
    operation(file, "angle", of_parts(jnp.angle), complex_operands("angle", (3, 4)))
    operands = complex_operands("arithmetic a", (3,)) + complex_operands("arithmetic b", (3,))

    def arithmetic(a, b, c, d):
        x, y = lax.complex(a, b), lax.complex(c, d)
        results = [x + y, x - y, x * y, x / y, -x, jnp.conj(x), jnp.exp(x)]
        return [part for z in results for part in (z.real, z.imag)]

    operation(file, "arithmetic", arithmetic, operands)
