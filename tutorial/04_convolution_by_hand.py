# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Convolution, by hand
#
# The MLP's unit looks at the whole image through weights that are fixed to places. Now the opposite: a unit
# that looks at a patch of 3×3 pixels, and *slides*.
#
# ## Nine weights
#
# Such a set of 3×3 weights is called a **kernel**. This one asks: is it brighter at the bottom than at the top?

# %%
import matplotlib.pyplot as plt
import numpy as np

import digitscope as ds

mnist = ds.load_mnist()
image = mnist.train_images[0] / 255  # a 5; ink is 1, paper is 0

kernel = np.array(
    [
        [-1, -1, -1],
        [0, 0, 0],
        [1, 1, 1],
    ]
)

# %% [markdown]
# Put it on one place of the image, multiply number by number, add up:

# %%
row, column = 4, 12
patch = image[row : row + 3, column : column + 3]
print("patch\n", patch.round(2))
print("patch × kernel\n", (patch * kernel).round(2))
print("sum", (patch * kernel).sum().round(2))

# %% [markdown]
# And now everywhere. Four nested loops, no library: this *is* convolution as networks use it.


# %%
def convolve(image, kernel):
    """Slide `kernel` over `image`; at each place, the sum of the products."""
    size = len(kernel)
    places = len(image) - size + 1
    result = np.zeros((places, places))
    for row in range(places):
        for column in range(places):
            for i in range(size):
                for j in range(size):
                    result[row, column] += image[row + i, column + j] * kernel[i, j]
    return result


edges = convolve(image, kernel)
print(image.shape, "->", edges.shape)

# %%
kernels = {
    "brighter below": kernel,
    "brighter above": -kernel,
    "brighter right": kernel.T,
    "brighter left": -kernel.T,
    "a dot": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]) / 2,
}
figure, axes = plt.subplots(2, 6, figsize=(10, 3.6))
axes[0, 0].set_axis_off()
axes[1, 0].imshow(image, cmap="gray_r")
axes[1, 0].set_title("the image", fontsize=10)
for axis, (name, weights) in zip(axes.T[1:], kernels.items(), strict=True):
    axis[0].imshow(weights, cmap="RdBu_r", vmin=-1, vmax=1)
    axis[0].set_title(name, fontsize=10)
    axis[1].imshow(np.maximum(convolve(image, weights), 0), cmap="gray_r")
for axis in axes.flat:
    axis.set_axis_off()
figure.tight_layout()
plt.show()

# %% [markdown]
# Above, the kernels (red is positive, blue is negative); below, what each finds, with negative sums set to 0 by
# relu as before. Each result is again a picture: a **feature map**, which says where in the image the pattern
# is. The strokes' upper edges, their lower edges, their left and right ones. Nine weights found them all over
# the image.
#
# <iframe class="live" loading="lazy" src="../playground.html?embed#inside/cnn/conv1:2:8:9"
#   title="A trained CNN's first kernels: choose a place, or let the kernel slide"></iframe>
#
# Both pieces of knowledge from the last page are in it. A sum over a patch of 3×3 uses **neighbours**. The same
# nine weights at every place mean that a pattern learned **anywhere is known everywhere**. Move the digit, and
# the feature map moves along:

# %%
moved = np.roll(image, 3, axis=1)
same = np.array_equal(convolve(image, kernel)[:, :-3], convolve(moved, kernel)[:, 3:])
print("the map of the moved image is the moved map:", same)

# %% [markdown]
# To check that Keras means the same thing, here is its layer with our kernel in it:

# %%
import keras

layer = keras.layers.Conv2D(1, 3)
layer.build((None, 28, 28, 1))
layer.set_weights([kernel[:, :, None, None], np.zeros(1)])
by_keras = np.asarray(layer(image[None, :, :, None].astype("float32")))[0, :, :, 0]
print("largest difference", np.abs(by_keras - edges).max())

# %% [markdown]
# ## Why 28 became 26: padding
#
# A 3×3 patch has 26 places in a row of 28, since it must not stick out. Who wants 28 again puts a border of
# zeros around the image first; that is called **padding** (`padding="same"` in Keras; without it, `"valid"`).
# Our network does without: the border of these images is empty anyhow.

# %%
print(convolve(image, kernel).shape, convolve(np.pad(image, 1), kernel).shape)

# %% [markdown]
# ## Pooling
#
# The map says *exactly* where a pattern is, which is more than we want to know: a seven is a seven also when
# its bar is a pixel higher. **Max-pooling** keeps the largest of each 2×2 and forgets which it was.


# %%
def pool(feature_map):
    """The largest of each 2×2; an odd last row or column is left out."""
    half = len(feature_map) // 2
    blocks = feature_map[: 2 * half, : 2 * half].reshape(half, 2, half, 2)
    return blocks.max(axis=(1, 3))


relu = np.maximum(edges, 0)
pooled = pool(relu)
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.4))
for axis, picture in ((left, relu), (right, pooled)):
    axis.imshow(picture, cmap="gray_r")
    axis.set_title(" × ".join(map(str, picture.shape)), fontsize=11)
    axis.set_axis_off()
plt.show()

# %% [markdown]
# A quarter of the numbers, and the strokes are still there.
#
# ## Layers of it: the receptive field
#
# One kernel sees 3×3 pixels, and no digit fits into those. But a second convolution looks at the *maps* of the
# first, and so at pixels of a larger region. How large is a matter of counting backwards: how many places of
# the layer below does a unit need, and how many below that?

# %%
layers = [
    ("conv 3×3", 3, 1),
    ("pool 2×2", 2, 2),
    ("conv 3×3", 3, 1),
    ("pool 2×2", 2, 2),
    ("conv 3×3", 3, 1),
]
field, step, side = 1, 1, 28
for name, size, stride in layers:
    field += (size - 1) * step  # each further place below is `step` pixels further on
    step *= stride
    side = (side - size) // stride + 1
    print(f"{name}: {side:2} × {side:<2} places, each sees {field:2} × {field} pixels")

# %% [markdown]
# After three convolutions with two poolings between them, a unit sees 18×18 pixels, most of a digit. Edges
# combine into corners and arcs, those into loops and bars.
#
# ## Where 93,322 comes from
#
# A layer has many kernels, each making a map of its own, and a kernel of the second layer looks at *all* maps
# of the first: it is not 3×3 but 3×3×32. Here is the reference network, and every number in it.

# %%
rows = [
    ("conv 1: 32 kernels of 3×3×1, 32 biases", 32 * 3 * 3 * 1 + 32),
    ("pool: nothing to learn", 0),
    ("conv 2: 64 kernels of 3×3×32, 64 biases", 64 * 3 * 3 * 32 + 64),
    ("pool: nothing to learn", 0),
    ("conv 3: 64 kernels of 3×3×64, 64 biases", 64 * 3 * 3 * 64 + 64),
    ("dense: 64 units on 3×3×64 = 576 numbers, 64 biases", 64 * 576 + 64),
    ("dense: 10 units on 64 numbers, 10 biases", 10 * 64 + 10),
]
for name, count in rows:
    print(f"{count:>7,}  {name}")
print(f"{sum(count for _, count in rows):>7,}  in all")

# %% [markdown]
# The first layer, which does the looking, takes 320 of them. The MLP's first layer took 401,920. Let us [build
# it and train it](05_the_cnn.py).

# %% [markdown]
# ## Exercises
#
# **1.** Which kernel leaves an image as it is? Which one moves it by a pixel to the left? Which one blurs it?
#
# <details>
# <summary>Answer</summary>
#
# A single 1 in the middle and 0 elsewhere leaves it as it is. With the 1 in the middle of the right column, each
# place takes the value of its right neighbour, so the image moves to the left. Nine times 1/9 blurs.
#
# </details>
#
# **2.** How many parameters would the second convolution have with kernels of 5×5?
#
# <details>
# <summary>Answer</summary>
#
# 64 · 5 · 5 · 32 + 64 = 51,264, instead of 18,496.
#
# </details>
#
# **3.** How much would a unit of the third convolution see if there were no pooling?
#
# <details>
# <summary>Answer</summary>
#
# 7×7 pixels: 3, then 5, then 7. Pooling is what makes the receptive field grow quickly.
#
# </details>
