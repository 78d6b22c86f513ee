"""The array types that all rooms share, and the number of the class that is no digit."""

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]  # [height, width], or [height, width, 3]
Images = npt.NDArray[np.uint8]  # [N, 28, 28], ink bright
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

NOT_A_DIGIT = 10  # the index of "not a digit" in a model's output of eleven classes
