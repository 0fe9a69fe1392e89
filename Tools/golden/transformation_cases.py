"""The functions of the topic `transformations`: each is evaluated, and its source is kept beside its values.

A function's parameters name its operands (`OPERANDS` in topics/transformations.py).
"""

import jax
import jax.numpy as jnp
from jax import lax

CASES = []


def case(function):
    CASES.append(function)
    return function


# MARK: Helpers


def square_sum(x):
    return jnp.sum(x * x)


def recurrence(m, h, xs):
    """h = tanh(m h + x) over the rows of xs: the last h and all of them."""

    def step(h, x):
        h = jnp.tanh(m @ h + x)
        return h, h

    return lax.scan(step, h, xs)


def layer(m, k, x):
    return jnp.tanh(x @ m) @ k


@jax.custom_jvp
def softer(x):
    return jnp.log1p(jnp.exp(x))


softer.defjvp(lambda primals, tangents: (softer(primals[0]), 0.5 * jnp.tanh(primals[0]) * tangents[0]))


@jax.custom_vjp
def clipped(x):
    return x


clipped.defvjp(lambda x: (x, x), lambda x, g: (jnp.clip(g, -0.5, 0.5) * x,))

HELPERS = (square_sum, recurrence, layer)
HELPER_TEXT = """
softer: custom JVP; value log1p(exp(x)), tangent 0.5 * tanh(x) * dx
clipped: custom VJP; value x, cotangent clip(g, -0.5, 0.5) * x
"""


# MARK: Cases. Their parameters name the operands.


@case
def grad_of_jit(v):
    return jax.grad(jax.jit(lambda v: jnp.sum(jnp.sin(v) ** 2)))(v)


@case
def jit_of_grad_of_jit(v, w):
    f = jax.jit(lambda v: jnp.sum(jnp.exp(v) * w))
    return jax.jit(jax.grad(f))(v)


@case
def value_and_grad_of_jit_with_two_arguments(v, w):
    return jax.value_and_grad(jax.jit(lambda v, w: jnp.sum(jnp.sin(v) * jnp.exp(w))), (0, 1))(v, w)


@case
def jit_of_vmap_of_grad(a):
    return jax.jit(jax.vmap(jax.grad(lambda x: jnp.prod(jnp.cos(x)))))(a)


@case
def vmap_of_vmap_of_grad(c):
    return jax.vmap(jax.vmap(jax.grad(lambda x: jnp.sum(x**3) / (1 + square_sum(x)))))(c)


@case
def third_derivative(s):
    return jax.grad(jax.grad(jax.grad(lambda x: jnp.sin(x) * jnp.exp(x))))(s)


@case
def fourth_derivative_vmapped(v):
    f = lambda x: jnp.tanh(x) * x
    return jax.vmap(jax.grad(jax.grad(jax.grad(jax.grad(f)))))(v)


@case
def hessian(v, m):
    return jax.hessian(lambda v: jnp.sin(v @ m @ v))(v)


@case
def hessian_forward_over_reverse(v, m):
    return jax.jacfwd(jax.grad(lambda v: jnp.log(1 + square_sum(m @ v))))(v)


@case
def hessian_reverse_over_forward(v, m):
    return jax.jacrev(jax.jacfwd(lambda v: jnp.log(1 + square_sum(m @ v))))(v)


@case
def hessian_reverse_over_reverse(v, m):
    return jax.jacrev(jax.grad(lambda v: jnp.log(1 + square_sum(m @ v))))(v)


@case
def hessian_forward_over_forward(v, m):
    return jax.jacfwd(jax.jacfwd(lambda v: jnp.log(1 + square_sum(m @ v))))(v)


@case
def hessian_of_two_blocks(v, w, m):
    return jax.hessian(lambda v, w: jnp.tanh(v @ m @ w) + square_sum(v) * jnp.sum(w), (0, 1))(v, w)


@case
def hessian_vector_product_forward_over_reverse(v, w):
    f = lambda v: jnp.sum(jnp.exp(v) * jnp.roll(v, 1))
    return jax.jvp(jax.grad(f), (v,), (w,))


@case
def hessian_vector_product_reverse_over_forward(v, w):
    f = lambda v: jnp.sum(jnp.exp(v) * jnp.roll(v, 1))
    return jax.grad(lambda v: jax.jvp(f, (v,), (w,))[1])(v)


@case
def hessian_vector_product_reverse_over_reverse(v, w):
    f = lambda v: jnp.sum(jnp.exp(v) * jnp.roll(v, 1))
    return jax.grad(lambda v: jax.grad(f)(v) @ w)(v)


@case
def jvp_of_vjp(v, w, m):
    def pull(v):
        _, pullback = jax.vjp(lambda v: jnp.tanh(m @ v), v)
        return pullback(w)[0]

    return jax.jvp(pull, (v,), (w,))


@case
def jvp_of_jit_of_vmap(a):
    f = jax.jit(jax.vmap(lambda x: jnp.sum(jnp.sin(x)) * x))
    return jax.jvp(f, (a,), (jnp.cos(a),))


@case
def jacobian_of_vmap_of_layer(m, k, a):
    return jax.jacrev(lambda m: jax.vmap(lambda x: layer(m, k, x))(a))(m)


@case
def vmap_of_jacobian(a, m):
    return jax.vmap(jax.jacfwd(lambda x: jnp.tanh(m @ x)))(a)


@case
def vmap_over_a_closed_over_gradient(a, v):
    return jax.vmap(lambda x: jax.grad(lambda v: jnp.sum(jnp.sin(v * x)))(v))(a)


@case
def vmap_with_axes(a, b):
    return jax.vmap(lambda x, y: jnp.outer(x, y), in_axes=(1, None), out_axes=2)(a, b[0])


@case
def vmap_of_vmap_of_dot(a, b):
    return jax.vmap(jax.vmap(jnp.dot, (None, 1)), (0, None))(b, a)


@case
def grad_of_vmap_of_norm(a):
    return jax.grad(lambda a: jnp.sum(jax.vmap(jnp.linalg.norm)(a) ** 3))(a)


@case
def per_example_gradients_of_a_network(m, k, a):
    loss = lambda params, x: square_sum(layer(*params, x) - 0.5)
    return jax.vmap(jax.grad(loss), (None, 0))((m, k), a)


@case
def grad_of_scan(m, v, a):
    return jax.grad(lambda m: square_sum(recurrence(m, v, a)[1]))(m)


@case
def grad_of_scan_by_everything(m, v, a):
    return jax.grad(lambda m, v, a: jnp.sum(recurrence(m, v, a)[0] ** 3), (0, 1, 2))(m, v, a)


@case
def grad_of_scan_of_vmap(m, c):
    def step(h, x):
        h = jax.vmap(lambda h, x: jnp.tanh(m @ h + x))(h, x)
        return h, jnp.sum(h)

    return jax.grad(lambda c: jnp.sum(lax.scan(step, jnp.zeros_like(c[:, 0]), jnp.swapaxes(c, 0, 1))[1] ** 2))(c)


@case
def vmap_of_grad_of_scan(m, c):
    return jax.vmap(jax.grad(lambda a: square_sum(recurrence(m, a[0], a)[0])))(c)


@case
def vmap_of_scan_over_the_initial_state(m, a):
    return jax.vmap(lambda h: recurrence(m, h, a))(a)


@case
def vmap_of_scan_over_the_matrix(c, v, a):
    matrices = c[:, :3]
    return jax.vmap(lambda m: recurrence(m, v, a)[1])(matrices)


@case
def jit_of_grad_of_scan_of_jit(m, v, a):
    @jax.jit
    def step(h, x):
        h = jnp.sin(m @ h) + x
        return h, h

    return jax.jit(jax.grad(lambda a: square_sum(lax.scan(step, v, a)[1])))(a)


@case
def hessian_of_scan(s, v):
    def f(s):
        return lax.scan(lambda h, x: (jnp.sin(s * h + x), None), s, v)[0]

    return f(s), jax.grad(f)(s), jax.grad(jax.grad(f))(s)


@case
def scan_of_grad(s, v):
    def step(x, rate):
        x = x - 0.1 * rate * jax.grad(lambda x: (x**2 - 1) ** 2)(x)
        return x, x

    return lax.scan(step, s, v)


@case
def grad_of_scan_of_grad(s, v):
    def descend(x):
        step = lambda x, rate: (x - 0.1 * rate * jax.grad(lambda x: (x**2 - 1) ** 2)(x), None)
        return lax.scan(step, x, v)[0]

    return jax.grad(descend)(s), jax.grad(jax.grad(descend))(s)


@case
def scan_of_scan(m, a):
    def outer(h, row):
        h, ys = lax.scan(lambda h, x: (jnp.cos(h + x), h * x), h, row)
        return h, jnp.sum(ys)

    return lax.scan(outer, jnp.sum(m), a)


@case
def grad_of_scan_of_scan(s, a):
    def f(s, a):
        def outer(h, row):
            return lax.scan(lambda h, x: (jnp.cos(h + x * s), None), h, row)[0], h

        h, ys = lax.scan(outer, s, a)
        return h + jnp.sum(ys**2)

    return jax.grad(f, (0, 1))(s, a)


@case
def reverse_scan(m, v, a):
    def step(h, x):
        h = jnp.tanh(m @ h + x)
        return h, h

    f = lambda v: square_sum(lax.scan(step, v, a, reverse=True)[1])
    return lax.scan(step, v, a, reverse=True)[1], jax.grad(f)(v)


@case
def scan_with_a_tree_of_states(v, w, a):
    def step(state, x):
        state = {"mean": 0.9 * state["mean"] + 0.1 * x, "square": 0.8 * state["square"] + 0.2 * x * x}
        return state, state["mean"] / (1 + state["square"])

    f = lambda v, w: jnp.sum(lax.scan(step, {"mean": v, "square": w * w}, a)[1])
    return jax.grad(f, (0, 1))(v, w)


@case
def jvp_of_scan_of_cond(v, w):
    def step(h, x):
        return lax.cond(x > 0, lambda h: jnp.sin(h) + x, lambda h: h * x, h), h

    f = lambda v: lax.scan(step, jnp.sum(v), v)
    return jax.jvp(f, (v,), (w,))


@case
def grad_of_scan_of_cond(v):
    def step(h, x):
        return lax.cond(h * x > 0, lambda h: jnp.sin(h + x), lambda h: jnp.exp(h) * x, h), h

    return jax.grad(lambda v: lax.scan(step, jnp.sum(v), v)[0])(v)


@case
def cond_of_grad(v, s):
    f = lambda v: lax.cond(s > 0, lambda v: jax.grad(square_sum)(v), lambda v: -v, v)
    return f(v), jax.jacobian(f)(v)


@case
def vmap_of_cond_on_the_mapped_value(v, w):
    return jax.vmap(lambda x, y: lax.cond(x > y, lambda: x * y, lambda: jnp.sin(x) - y))(v, w)


@case
def vmap_of_grad_of_cond(v, w):
    f = lambda x, y: lax.cond(x > y, lambda: x * y**2, lambda: jnp.sin(x) * y)
    return jax.vmap(jax.grad(f, (0, 1)))(v, w)


@case
def switch_of_four(n, v):
    branches = (jnp.sin, jnp.cos, lambda v: v * v, lambda v: jnp.exp(-v))
    f = lambda v: jnp.sum(lax.switch(n, branches, v))
    return f(v), jax.grad(f)(v), jax.vmap(lambda i: lax.switch(i, branches, v))(jnp.array([0, 3, 7, -1, 1]))


@case
def while_forward(s, v):
    f = lambda x: lax.while_loop(
        lambda state: state[1] < 4, lambda state: (jnp.sin(state[0] + s), state[1] + 1), (x, 0)
    )[0]
    return jax.jvp(f, (v,), (jnp.ones_like(v),))


@case
def jacobian_of_jit_of_while(v, m):
    def f(v):
        return lax.while_loop(lambda state: state[1] < 3, lambda state: (jnp.tanh(m @ state[0]), state[1] + 1), (v, 0))[
            0
        ]

    return jax.jacfwd(jax.jit(f))(v)


@case
def vmap_of_while_with_different_counts(v):
    f = lambda x: lax.while_loop(
        lambda state: state[0] < 2, lambda state: (state[0] + jnp.abs(x) + 0.3, state[1] + 1), (x, 0)
    )
    return jax.vmap(f)(v)


@case
def vmap_of_jvp_of_while(v, w):
    f = lambda x: lax.while_loop(lambda y: jnp.abs(y) < 5, lambda y: 1.5 * y + jnp.sign(y) * 0.1, x)
    return jax.vmap(lambda x, dx: jax.jvp(f, (x,), (dx,)))(v, w)


@case
def grad_of_fori_loop(v, m):
    return jax.grad(lambda v: square_sum(lax.fori_loop(0, 4, lambda i, x: jnp.sin(m @ x) + i, v)))(v)


@case
def newton_by_while_of_grad(v):
    f = lambda x: jnp.cosh(x) + 0.5 * x
    step = lambda x: x - jax.grad(f)(x) / jax.grad(jax.grad(f))(x)
    return jax.vmap(
        lambda x: lax.while_loop(
            lambda x: jnp.abs(jax.grad(f)(x)) > 1e-10 if x.dtype == jnp.float64 else jnp.abs(jax.grad(f)(x)) > 1e-5,
            step,
            x,
        )
    )(v)


@case
def vmap_of_grad_of_custom_jvp(v):
    return jax.vmap(jax.grad(lambda x: softer(x) ** 2))(v)


@case
def jvp_of_jit_of_custom_jvp(v, w):
    return jax.jvp(jax.jit(lambda v: softer(2 * v)), (v,), (w,))


@case
def second_derivative_of_custom_jvp(s):
    return jax.grad(jax.grad(softer))(s)


@case
def grad_of_scan_of_custom_jvp(s, v):
    return jax.grad(lambda s: lax.scan(lambda h, x: (softer(h * x), None), s, v)[0])(s)


@case
def grad_of_vmap_of_custom_vjp(a):
    return jax.grad(lambda a: jnp.sum(jax.vmap(clipped)(a) ** 2 * 3))(a)


@case
def grad_of_scan_of_custom_vjp(s, v):
    return jax.grad(lambda s: lax.scan(lambda h, x: (clipped(h) * x, None), s, v)[0])(s)


@case
def jit_of_vmap_of_grad_of_custom_vjp(v):
    return jax.jit(jax.vmap(jax.grad(lambda x: jnp.sin(clipped(x)) * 2)))(v)


@case
def grad_of_checkpoint(v, m):
    block = jax.checkpoint(lambda x: jnp.sin(m @ jnp.sin(x)))
    return jax.grad(lambda v: square_sum(block(block(v))))(v)


@case
def hessian_of_checkpoint_of_jit(v, m):
    block = jax.checkpoint(jax.jit(lambda x: jnp.tanh(m @ x)))
    return jax.hessian(lambda v: square_sum(block(v)))(v)


@case
def grad_of_scan_of_checkpoint(m, v, a):
    step = jax.checkpoint(lambda h, x: (jnp.tanh(m @ h + x), jnp.sum(h)))
    return jax.grad(lambda v: jnp.sum(lax.scan(step, v, a)[1]))(v)


@case
def vmap_of_grad_of_checkpoint_of_scan(c, m):
    f = jax.checkpoint(lambda a: square_sum(recurrence(m, a[0], a)[1]))
    return jax.vmap(jax.grad(f))(c)


@case
def stop_gradient_inside(v, w):
    f = lambda v: jnp.sum(v * lax.stop_gradient(jnp.sin(v)) * w)
    return jax.grad(f)(v), jax.jvp(f, (v,), (w,)), jax.hessian(f)(v)


@case
def linearize_twice(v, w):
    y, linear = jax.linearize(lambda v: jnp.sin(v) * jnp.sum(v), v)
    z, linear2 = jax.linearize(lambda v: linear(v) * v, w)
    return y, linear(w), z, linear2(v)


@case
def linear_transpose(v, m):
    return jax.linear_transpose(lambda x: jnp.flip(m @ x) * 2, v)(v)


@case
def vjp_of_vmap_of_vjp(a, m):
    def pull(x):
        y, pullback = jax.vjp(lambda x: jnp.sin(m @ x), x)
        return pullback(y)[0]

    y, pullback = jax.vjp(jax.vmap(pull), a)
    return y, pullback(jnp.ones_like(y))[0]


@case
def vmap_of_cholesky_solve_gradient(c):
    def f(x):
        p = x.T @ x + jnp.eye(3)
        return jnp.sum(jnp.linalg.solve(p, x[0]))

    return jax.vmap(jax.grad(f))(c)


@case
def grad_of_vmap_of_dynamic_slice(a):
    starts = jnp.array([0, 1, 2])
    f = lambda a: jnp.sum(jax.vmap(lambda i: lax.dynamic_slice(a, (i, i), (2, 1)))(starts) ** 3)
    return jax.grad(f)(a)


@case
def vmap_of_gather_with_mapped_indices(a):
    indices = jnp.array([[0, 2], [1, 1], [2, 0], [3, 1]])
    rows = jax.vmap(lambda i: a[i])(indices[:, :2] % 4)
    return rows, jax.grad(lambda a: jnp.sum(jax.vmap(lambda x, i: x[i % 3])(a, indices) ** 2))(a)


@case
def vmap_of_scatter(a):
    indices = jnp.array([[0, 2], [1, 1], [2, 0], [0, 1]])
    f = lambda a: jax.vmap(lambda x, i: x.at[i].add(x[:2]))(a, indices)
    return f(a), jax.vjp(f, a)[1](a)[0]


@case
def vmap_of_sort_gradient(a):
    return jax.vmap(jax.grad(lambda x: jnp.sum(jnp.sort(x) * jnp.arange(3.0, dtype=x.dtype))))(a)


@case
def vmap_of_convolution_gradient(c, k):
    def f(x, w):
        y = lax.conv_general_dilated(
            x[None], w[:, None], (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"), feature_group_count=1
        )
        return square_sum(y)

    kernels = jnp.stack([k, -k, k + 1])[:2]
    return jax.vmap(jax.grad(f, (0, 1)))(c[..., :1], kernels)


@case
def grad_of_jit_of_associative_scan(v, w):
    combine = lambda x, y: (x[0] * y[0], y[0] * x[1] + y[1])
    f = jax.jit(lambda v, w: jnp.sum(lax.associative_scan(combine, (v, w))[1] ** 2))
    return jax.grad(f, (0, 1))(v, w)


@case
def grad_through_integers(v, n):
    f = lambda v, n: jnp.sum(v**n) * n
    return jax.grad(f)(v, n), jax.jit(jax.grad(f))(v, n)


@case
def grad_with_auxiliary_output(v, m):
    f = lambda v: (square_sum(m @ v), {"activations": jnp.tanh(m @ v), "count": 3})
    return jax.value_and_grad(f, has_aux=True)(v)


@case
def training_loop_scanned_and_jitted(m, k, a):
    def step(params, x):
        loss, gradients = jax.value_and_grad(lambda params: square_sum(layer(*params, x) - 0.5))(params)
        return jax.tree.map(lambda p, g: p - 0.05 * g, params, gradients), loss

    return jax.jit(lambda params: lax.scan(step, params, a))((m, k))


@case
def learning_rate_gradient_through_training(s, m, k, a):
    def train(rate):
        def step(params, x):
            gradients = jax.grad(lambda params: square_sum(layer(*params, x) - 0.5))(params)
            return jax.tree.map(lambda p, g: p - rate * g, params, gradients), None

        params, _ = lax.scan(step, (m, k), a)
        return square_sum(layer(*params, a[0]) - 0.5)

    return train(0.1 * s), jax.grad(train)(0.1 * s), jax.grad(jax.grad(train))(0.1 * s)
