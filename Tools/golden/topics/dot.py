"""Products: dotGeneral in many layouts, matmul, einsum, tensordot, outer and their kin."""

import jax.numpy as jnp
import numpy as np
from jax import lax

from operations import exact, integers, operation, uniform

# name: (shape, shape, contracting dimensions of each, batch dimensions of each)
DOT_GENERAL = {
    "matrices": ((3, 4), (4, 5), ((1,), (0,)), ((), ())),
    "transposedLeft": ((4, 3), (4, 5), ((0,), (0,)), ((), ())),
    "transposedRight": ((3, 4), (5, 4), ((1,), (1,)), ((), ())),
    "transposedBoth": ((4, 3), (5, 4), ((0,), (1,)), ((), ())),
    "vectors": ((5,), (5,), ((0,), (0,)), ((), ())),
    "matrixVector": ((3, 5), (5,), ((1,), (0,)), ((), ())),
    "vectorMatrix": ((5,), (5, 3), ((0,), (0,)), ((), ())),
    "outer": ((3,), (4,), ((), ()), ((), ())),
    "outerMatrices": ((2, 3), (4, 2), ((), ()), ((), ())),
    "scalars": ((), (), ((), ()), ((), ())),
    "scalarMatrix": ((), (3, 4), ((), ()), ((), ())),
    "batch": ((2, 3, 4), (2, 4, 5), ((2,), (1,)), ((0,), (0,))),
    "batchLast": ((3, 4, 2), (4, 5, 2), ((1,), (0,)), ((2,), (2,))),
    "batchMiddle": ((3, 2, 4), (4, 2, 5), ((2,), (0,)), ((1,), (1,))),
    "batchCrossed": ((2, 3, 4), (5, 4, 2), ((2,), (1,)), ((0,), (2,))),
    "twoBatches": ((2, 3, 4, 5), (2, 3, 5, 2), ((3,), (2,)), ((0, 1), (0, 1))),
    "twoBatchesSwapped": ((2, 3, 4, 5), (3, 2, 5, 2), ((3,), (2,)), ((0, 1), (1, 0))),
    "batchOrder": ((2, 3, 4), (3, 4, 2), ((2,), (1,)), ((1, 0), (0, 2))),
    "twoContracting": ((2, 3, 4), (3, 4, 5), ((1, 2), (0, 1)), ((), ())),
    "twoContractingSwapped": ((2, 3, 4), (4, 3, 5), ((1, 2), (1, 0)), ((), ())),
    "twoContractingApart": ((3, 2, 4), (4, 5, 3), ((0, 2), (2, 0)), ((), ())),
    "allContracting": ((2, 3, 4), (2, 3, 4), ((0, 1, 2), (0, 1, 2)), ((), ())),
    "allContractingPermuted": ((2, 3, 4), (4, 2, 3), ((0, 1, 2), (1, 2, 0)), ((), ())),
    "batchTwoContracting": ((2, 3, 4, 5), (2, 4, 5, 3), ((2, 3), (1, 2)), ((0,), (0,))),
    "batchOnly": ((4,), (4,), ((), ()), ((0,), (0,))),
    "batchNoContracting": ((2, 3), (2, 4), ((), ()), ((0,), (0,))),
    "batchVectors": ((4, 3), (4, 3), ((1,), (1,)), ((0,), (0,))),
    "batchMatrixVector": ((2, 3, 4), (2, 4), ((2,), (1,)), ((0,), (0,))),
    "freeAround": ((3, 4, 2), (5, 4, 2), ((1,), (1,)), ((), ())),
    "ones": ((1, 1), (1, 1), ((1,), (0,)), ((), ())),
    "singleBatch": ((1, 3, 4), (1, 4, 5), ((2,), (1,)), ((0,), (0,))),
    "thin": ((1, 7), (7, 1), ((1,), (0,)), ((), ())),
}

MATMUL = {
    "matrices": ((3, 4), (4, 5)),
    "vectors": ((4,), (4,)),
    "matrixVector": ((3, 4), (4,)),
    "vectorMatrix": ((4,), (4, 5)),
    "batch": ((2, 3, 4), (2, 4, 5)),
    "batchRight": ((3, 4), (2, 4, 5)),
    "batchLeft": ((2, 3, 4), (4, 5)),
    "broadcast": ((2, 1, 3, 4), (3, 4, 2)),
    "batchVector": ((2, 3, 4), (4,)),
    "vectorBatch": ((4,), (2, 4, 5)),
}

EINSUM = {
    "ij,jk->ik": ((3, 4), (4, 5)),
    "ij,jk": ((3, 4), (4, 5)),
    "ji,jk->ki": ((4, 3), (4, 5)),
    "ii->i": ((4, 4),),
    "ii": ((4, 4),),
    "ij->ji": ((3, 4),),
    "ij->": ((3, 4),),
    "ij->j": ((3, 4),),
    "i,i": ((4,), (4,)),
    "i,j->ij": ((3,), (4,)),
    "i,j->ji": ((3,), (4,)),
    "bij,bjk->bik": ((2, 3, 4), (2, 4, 5)),
    "bhqd,bhkd->bhqk": ((2, 2, 3, 4), (2, 2, 5, 4)),
    "bqhd,bkhd->bhqk": ((2, 3, 2, 4), (2, 5, 2, 4)),
    "ij,ij->ij": ((3, 4), (3, 4)),
    "ij,ij->": ((3, 4), (3, 4)),
    "ij,j->i": ((3, 4), (4,)),
    "ijk,jil->kl": ((2, 3, 4), (3, 2, 5)),
    "ij,jk,kl->il": ((2, 3), (3, 4), (4, 5)),
    "i,ij,j->": ((3,), (3, 4), (4,)),
    "ab,cb,db->acd": ((2, 4), (3, 4), (2, 4)),
    "...ij,...jk->...ik": ((2, 3, 4), (2, 4, 5)),
    "...ij,jk->...ik": ((2, 3, 4), (4, 5)),
    "...i->...": ((2, 3, 4),),
    "i...,i...->...": ((3, 2), (3, 2)),
    "bii->bi": ((2, 3, 3),),
    "iij,jk->ik": ((3, 3, 4), (4, 2)),
    "ij,kl->ijkl": ((2, 3), (2, 2)),
    "ij,ik->ijk": ((2, 3), (2, 4)),
    "ijk->kij": ((2, 3, 4),),
    "ij,i->j": ((3, 4), (3,)),
    "ijj->i": ((2, 3, 3),),
}


def add_cases(file):
    for name, (left, right, contracting, batch) in DOT_GENERAL.items():
        case = f"dotGeneral.{name}"
        operation(
            file,
            case,
            lambda x, y: lax.dot_general(x, y, (contracting, batch)),
            [uniform(f"{case} 0", left), uniform(f"{case} 1", right)],
            contracting=contracting,
            batch=batch,
        )
    for name, shapes in MATMUL.items():
        case = f"matmul.{name}"
        operation(file, case, jnp.matmul, [uniform(f"{case} {i}", shape) for i, shape in enumerate(shapes)])
    for spec, shapes in EINSUM.items():
        operation(
            file,
            f"einsum.{spec}",
            lambda *xs: jnp.einsum(spec, *xs),
            [uniform(f"einsum {spec} {i}", shape) for i, shape in enumerate(shapes)],
            spec=spec,
        )
    for name, left, right, axes in (
        ("1", (3, 4), (4, 5), 1),
        ("0", (2, 3), (2,), 0),
        ("2", (2, 3, 4), (3, 4, 5), 2),
        ("lists", (2, 3, 4), (4, 3, 5), ((1, 2), (1, 0))),
        ("single", (2, 3), (4, 2), ((0,), (1,))),
    ):
        case = f"tensordot.{name}"
        operation(
            file,
            case,
            lambda x, y: jnp.tensordot(x, y, axes),
            [uniform(f"{case} 0", left), uniform(f"{case} 1", right)],
            axes=axes,
        )
    for name, function, shapes in (
        ("outer", jnp.outer, ((3,), (4,))),
        ("outer.matrices", jnp.outer, ((2, 2), (3,))),
        ("inner", jnp.inner, ((2, 4), (3, 4))),
        ("vdot", jnp.vdot, ((2, 3), (2, 3))),
        ("kron", jnp.kron, ((2, 3), (2, 2))),
        ("cross", jnp.cross, ((4, 3), (4, 3))),
        ("dot.cube", jnp.dot, ((2, 3, 4), (4, 5))),
        ("dot.cubes", jnp.dot, ((2, 3, 4), (5, 4, 2))),
        ("vecdot", jnp.vecdot, ((3, 4), (3, 4))),
    ):
        operation(file, name, function, [uniform(f"{name} {i}", shape) for i, shape in enumerate(shapes)])
    for power in (0, 1, 3, 5):
        operation(
            file,
            f"matrixPower.{power}",
            lambda x: jnp.linalg.matrix_power(x, power),
            [uniform(f"power {power}", (3, 3))],
            power=power,
        )
    operation(
        file,
        "multiDot",
        lambda *xs: jnp.linalg.multi_dot(xs),
        [uniform(f"multiDot {i}", shape) for i, shape in enumerate(((2, 5), (5, 3), (3, 4)))],
    )
    operation(
        file,
        "matmul.large",
        jnp.matmul,
        [uniform("matmul.large 0", (37, 130)), uniform("matmul.large 1", (130, 29))],
        smooth=False,
    )
    for dtype in ("int8", "int32", "int64", "uint8", "float16", "bfloat16", "float64"):
        low = 0 if dtype.startswith("u") else -4
        x, y = (
            integers(f"matmul {dtype} {i}", shape, low, 4).astype(jnp.dtype(dtype))
            for i, shape in enumerate(((3, 4), (4, 5)))
        )
        exact(file, f"matmul.{dtype}", lambda x, y: lax.dot_general(x, y, (((1,), (0,)), ((), ()))), [x, y])
    x, y = (integers(f"matmul accumulate {i}", shape, -100, 100, "int8") for i, shape in enumerate(((3, 4), (4, 5))))
    exact(
        file,
        "matmul.int8.int32",
        lambda x, y: lax.dot_general(x, y, (((1,), (0,)), ((), ())), preferred_element_type=np.int32),
        [x, y],
        preferredElementType="int32",
    )
    x, y = (uniform(f"matmul bfloat16 {i}", shape).astype(jnp.bfloat16) for i, shape in enumerate(((3, 40), (40, 5))))
    exact(
        file,
        "matmul.bfloat16.float32",
        lambda x, y: lax.dot_general(x, y, (((1,), (0,)), ((), ())), preferred_element_type=np.float32),
        [x, y],
        preferredElementType="float32",
    )
