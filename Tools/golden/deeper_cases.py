"""More functions of the topic `transformations`: three transformations deep or more, and those that combine examples."""

import jax
import jax.numpy as jnp
from jax import lax

from transformation_cases import clipped, layer, recurrence, softer, square_sum

CASES = []


def case(function):
    CASES.append(function)
    return function


# MARK: Examples combined along a named axis


@case
def vmap_of_grad_of_psum(a):
    return jax.vmap(jax.grad(lambda x: jnp.sum(jnp.sin(x) * lax.psum(x * x, "i"))), axis_name="i")(a)


@case
def grad_of_jit_of_vmap_of_pmean(a):
    normalized = jax.vmap(lambda x: (x - lax.pmean(x, "i")) ** 3, axis_name="i")
    return jax.grad(jax.jit(lambda a: square_sum(normalized(a))))(a)


@case
def vmap_of_jit_of_scan_of_psum(a):
    def f(x):
        return lax.scan(lambda h, y: (jnp.tanh(h + lax.psum(y, "i")), h * y), jnp.sum(x), x)

    return jax.vmap(jax.jit(f), axis_name="i")(a)


@case
def grad_of_vmap_of_scan_of_pmean(a):
    def f(x):
        return lax.scan(lambda h, y: (jnp.sin(h + lax.pmean(h * y, "i")), h), x[0], x)[1]

    return jax.grad(lambda a: square_sum(jax.vmap(f, axis_name="i")(a)))(a)


@case
def vmap_of_vmap_of_two_axes(c):
    inner = lambda x: (lax.psum(x, "j") * x, lax.pmax(lax.psum(x, "i"), "j"), x - lax.pmin(x, "i"))
    return jax.vmap(jax.vmap(inner, axis_name="j"), axis_name="i")(c)


@case
def hessian_of_vmap_of_psum(a):
    f = lambda x: jax.vmap(lambda y: jnp.sin(y) * lax.psum(y**2, "i"), axis_name="i")(x)
    return jax.hessian(lambda x: jnp.sum(f(x)))(a[0])


@case
def grad_of_vmap_of_all_gather(a):
    return jax.grad(lambda a: jnp.sum(jax.vmap(lambda x: lax.all_gather(x, "i") @ x, axis_name="i")(a) ** 3))(a)


@case
def vmap_of_axis_index(a):
    return jax.vmap(lambda x: (x * lax.axis_index("i"), lax.psum(1, "i") * x), axis_name="i")(a)


@case
def grad_of_vmap_of_ppermute(a):
    pairs = [(0, 1), (1, 2), (2, 0), (3, 3)]
    f = lambda a: jax.vmap(lambda x: jnp.sin(x) * lax.ppermute(x, "i", pairs), axis_name="i")(a)
    return f(a), jax.grad(lambda a: square_sum(f(a)))(a)


@case
def vmap_of_cond_of_psum(v, w):
    f = lambda x, y: lax.cond(x > y, lambda x: jnp.sin(x), lambda x: x * x, lax.psum(x * y, "i"))
    return jax.vmap(jax.grad(f), axis_name="i")(v, w)


@case
def vmap_with_results_common_to_all(a):
    f = lambda x: (x - lax.pmean(x, "i"), lax.pmean(x, "i"))
    return jax.vmap(f, out_axes=(1, None), axis_name="i")(a)


# MARK: Three deep and more


@case
def grad_of_vmap_of_grad(a, m):
    inner = jax.vmap(jax.grad(lambda x: jnp.sum(jnp.tanh(m @ x))))
    return jax.grad(lambda a: square_sum(inner(a)))(a)


@case
def jit_of_hessian_of_scan(v, w):
    f = lambda v: lax.scan(lambda h, x: (jnp.sin(h * x) + h, None), jnp.sum(v * v), w)[0]
    return jax.jit(jax.hessian(f))(v)


@case
def vmap_of_hessian_of_jit(a, m):
    return jax.vmap(jax.hessian(jax.jit(lambda x: jnp.exp(-square_sum(m @ x)))))(a)


@case
def jvp_of_grad_of_scan(m, v, a):
    f = jax.grad(lambda v: square_sum(recurrence(m, v, a)[1]))
    return jax.jvp(f, (v,), (jnp.cos(v),))


@case
def vjp_of_jit_of_jvp_of_vmap(a):
    f = jax.vmap(lambda x: jnp.prod(jnp.cos(x)))
    pushed = jax.jit(lambda a: jax.jvp(f, (a,), (a * a,))[1])
    y, pullback = jax.vjp(pushed, a)
    return y, pullback(jnp.sin(y))[0]


@case
def vmap_of_jvp_of_grad(a, v):
    f = jax.grad(lambda x: jnp.log1p(square_sum(jnp.sin(x))))
    return jax.vmap(lambda x: jax.jvp(f, (x,), (v,))[1])(a)


@case
def jit_of_vmap_of_jacobian_of_checkpoint(a, m):
    block = jax.checkpoint(lambda x: jnp.tanh(m @ jnp.sin(x)))
    return jax.jit(jax.vmap(jax.jacrev(block)))(a)


@case
def grad_of_cond_of_scan(s, v):
    def f(s):
        return lax.cond(
            s > 0.5, lambda s: lax.scan(lambda h, x: (jnp.sin(h * s + x), None), s, v)[0], lambda s: s * s, s
        )

    return jax.grad(f)(s), jax.grad(f)(0.1 * s)


@case
def vmap_of_grad_of_scan_of_cond(a):
    def f(x):
        step = lambda h, y: (lax.cond(h > y, lambda h: jnp.sin(h * y), lambda h: h + y * y, h), h)
        return square_sum(lax.scan(step, x[0], x)[1])

    return jax.vmap(jax.grad(f))(a)


@case
def jacobian_of_scan_of_while(v, m):
    def f(v):
        step = lambda h, _: (
            lax.while_loop(lambda s: s[1] < 2, lambda s: (jnp.tanh(m @ s[0]), s[1] + 1), (h, 0))[0],
            None,
        )
        return lax.scan(step, v, None, length=3)[0]

    return jax.jacfwd(f)(v)


@case
def scan_of_vmap_of_grad(a, m):
    step = lambda a, rate: (a - rate * jax.vmap(jax.grad(lambda x: jnp.sum(jnp.cos(m @ x))))(a), jnp.sum(a))
    return lax.scan(step, a, jnp.array([0.1, 0.2], a.dtype))


@case
def grad_of_checkpoint_of_vmap_of_scan(m, c):
    f = jax.checkpoint(jax.vmap(lambda a: recurrence(m, a[0], a)[0]))
    return jax.grad(lambda c: square_sum(f(c)))(c)


@case
def vmap_of_grad_of_switch(v):
    branches = (jnp.sin, lambda x: x * x, jnp.exp)
    f = lambda x, i: lax.switch(i, branches, x) ** 2
    return jax.vmap(jax.grad(f))(v, jnp.array([2, 0, 1]))


@case
def grad_of_jit_of_scan_unrolled(s, a):
    def f(s):
        return square_sum(lax.scan(lambda h, x: (jnp.sin(h * s + x), h), jnp.ones_like(a[0]), a, unroll=3)[1])

    return jax.grad(jax.jit(f))(s)


@case
def vmap_of_grad_of_reverse_scan_unrolled(a):
    def f(x):
        return lax.scan(lambda h, y: (jnp.cos(h + y), h * y), x[1], x, reverse=True, unroll=2)[0]

    return jax.vmap(jax.grad(f))(a)


@case
def linearize_of_jit_of_vmap(a):
    y, linear = jax.linearize(jax.jit(jax.vmap(lambda x: jnp.sin(x) * jnp.sum(x))), a)
    return y, linear(a), linear(jnp.cos(a))


@case
def grad_of_linearize_of_scan(v, w):
    def f(v):
        _, linear = jax.linearize(lambda v: lax.scan(lambda h, x: (jnp.sin(h + x), None), jnp.prod(v), v)[0], v)
        return linear(w)

    return jax.grad(f)(v)


@case
def jit_of_grad_of_vmap_of_custom_jvp(a):
    return jax.jit(jax.grad(lambda a: jnp.sum(jax.vmap(lambda x: softer(x) * x)(a))))(a)


@case
def grad_of_jit_of_checkpoint_of_custom_vjp(v):
    block = jax.checkpoint(lambda x: clipped(jnp.sin(x)) * x)
    return jax.grad(jax.jit(lambda v: square_sum(block(block(v)))))(v)


@case
def grad_of_while_inside_stop_gradient(v):
    def f(v):
        count = lax.while_loop(lambda x: square_sum(x) < 4, lambda x: 1.5 * x, lax.stop_gradient(v))
        return jnp.sum(v * count)

    return jax.jit(jax.vmap(jax.grad(f), in_axes=0))(jnp.stack([v, 2 * v]))


@case
def vmap_of_jit_of_grad_of_fori_loop(a, m):
    f = jax.jit(lambda x: square_sum(lax.fori_loop(0, 3, lambda i, x: jnp.tanh(m @ x) * (i + 1), x)))
    return jax.vmap(jax.grad(f))(a)


@case
def third_derivative_of_jit_of_scan(s, v):
    f = jax.jit(lambda s: lax.scan(lambda h, x: (jnp.sin(h * s) + x, None), s, v)[0])
    return jax.grad(jax.grad(jax.grad(f)))(s)


@case
def jacobian_of_solve_by_newton(v):
    def root(c):
        step = lambda x, _: (x - (jnp.tanh(x) + x - c) / jax.grad(lambda x: jnp.tanh(x) + x)(x), None)
        return lax.scan(step, 0 * c, None, length=6)[0]

    return jax.vmap(jax.grad(root))(v), jax.vmap(jax.grad(jax.grad(root)))(v)


@case
def grad_of_a_network_by_vmap_of_jit(m, k, a):
    loss = lambda params: jnp.mean(jax.vmap(jax.jit(lambda x: square_sum(layer(*params, x) - 0.5)))(a))
    return jax.grad(loss)((m, k))


@case
def grad_of_second_argument_of_jit(v, w, m):
    f = jax.jit(lambda v, w: jnp.sum(jnp.sin(m @ v) * w * w))
    return jax.grad(f, 1)(v, w), jax.jit(jax.vmap(jax.grad(f, (0, 1)), (None, 0)))(v, m)


@case
def vmap_of_value_and_grad_with_auxiliary_output(a, m):
    f = lambda x: (square_sum(m @ x), {"hidden": jnp.tanh(m @ x)})
    return jax.vmap(jax.value_and_grad(f, has_aux=True))(a)


@case
def grad_of_scan_of_associative_scan(v, a):
    def f(v):
        step = lambda h, x: (lax.associative_scan(lambda p, q: p * jnp.cos(q), h + x), None)
        return square_sum(lax.scan(step, v, a)[0])

    return jax.grad(f)(v)


@case
def sequential_map_of_grad(a):
    return lax.map(jax.grad(lambda x: jnp.prod(jnp.sin(x))), a)
