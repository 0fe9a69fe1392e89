import Autodiff
import Engine
import Random
import Tensor
import TestSupport
import Testing
