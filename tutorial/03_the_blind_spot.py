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
# # What the MLP cannot see
#
# The MLP reads most digits correctly. Let us find out what it *goes by*, with two small and slightly cruel
# experiments.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np

import digitscope as ds

mnist = ds.load_mnist()


def new_mlp():
    """The MLP of the last page, untrained."""
    keras.utils.set_random_seed(0)
    layers = [
        keras.Input((784,)),
        keras.layers.Dense(512, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
    network = keras.Sequential(layers)
    network.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return network


def flat(images):
    """[N, 28, 28] whole numbers -> [N, 784], from 0 to 1."""
    return images.reshape(-1, 784) / np.float32(255)


def accuracy(network, images):
    """The share of the test images that the network names rightly."""
    return np.mean(
        network.predict(flat(images), batch_size=500, verbose=0).argmax(axis=1)
        == mnist.test_labels
    )


mlp = new_mlp()
mlp.fit(
    flat(mnist.train_images), mnist.train_labels, batch_size=120, epochs=2, verbose=0
)
print(f"{accuracy(mlp, mnist.test_images):.2%} of the test digits right")

# %% [markdown]
# ## The first cruelty: move the digit
#
# We shift each test digit to the right, pixel by pixel, and ask again. For you, nothing changes.


# %%
def shifted(images, pixels):
    """Moved to the right; what comes in from the left is empty paper."""
    moved = np.zeros_like(images)
    moved[:, :, pixels:] = images[:, :, : 28 - pixels]
    return moved


steps = range(7)
moved = [accuracy(mlp, shifted(mnist.test_images, pixels)) for pixels in steps]

figure, axes = plt.subplots(1, 7, figsize=(9.5, 1.9))
for axis, pixels, share in zip(axes, steps, moved, strict=True):
    axis.imshow(shifted(mnist.test_images[:1], pixels)[0], cmap="gray_r")
    axis.set_title(f"{pixels} px\n{share:.0%}", fontsize=11)
    axis.set_axis_off()
figure.tight_layout()
plt.show()

# %% [markdown]
# The percentages are for all 10,000 test digits. A shift of four pixels, a seventh of the picture's width, and
# most digits are misread. It isn't hard to see why. A unit's weights are tied to *places*: "ink in row 7, column
# 12, counts for me". Move the digit, and the ink lands on weights that were learned for something else. Whatever
# the MLP knows about a seven, it knows about a seven *there*.
#
# (A few pixels of a 6-pixel shift leave the frame for wide digits. Most of the loss comes long before that.)
#
# <iframe class="live" loading="lazy" src="../playground.html?embed#draw"
#   title="Draw a digit, shift it, and watch the MLP and the CNN answer"></iframe>

# %% [markdown]
# ## The second cruelty: shuffle the pixels
#
# Now take one random order of the 784 pixels and rearrange every image, training and test alike, by that same
# order.

# %%
order = np.random.default_rng(784).permutation(784)


def shuffled(images):
    """The same pixels at other places: the same other places in each image."""
    return images.reshape(-1, 784)[:, order].reshape(-1, 28, 28)


figure, axes = plt.subplots(2, 10, figsize=(9.5, 2.3))
for column in range(10):
    for row, images in enumerate(
        (mnist.train_images[:10], shuffled(mnist.train_images[:10]))
    ):
        axes[row, column].imshow(images[column], cmap="gray_r")
        axes[row, column].set_axis_off()
    axes[0, column].set_title(mnist.train_labels[column], fontsize=11)
figure.tight_layout()
plt.show()

# %% [markdown]
# Could you learn to read the lower row? Hardly. What makes a digit a digit for you, that its ink forms strokes,
# that this dark pixel continues that one, is gone. We train a fresh MLP on it:

# %%
other = new_mlp()
other.fit(
    flat(shuffled(mnist.train_images)),
    mnist.train_labels,
    batch_size=120,
    epochs=2,
    verbose=0,
)
plain, scrambled = (
    accuracy(mlp, mnist.test_images),
    accuracy(other, shuffled(mnist.test_images)),
)
print(f"digits as they are {plain:.2%}, shuffled {scrambled:.2%}")
print(f"difference {100 * (scrambled - plain):+.2f} points")

# %% [markdown]
# It does not mind. It does not even *notice*. And it can't: a unit adds up 784 products, and a sum does not
# care about the order of its terms. The MLP has never known that pixel 400 lies beside pixel 401. To it, an
# image is a list of 784 separate facts, like a patient's 784 blood values.
#
# (The two accuracies differ a little, because the random starting weights meet other pixels. The
# [experiments](07_why_it_wins.py) repeat this with several seeds and put an interval on it.)
#
# So here is a piece of knowledge about images that the MLP throws away before it starts:
#
# - **Neighbours belong together.** Strokes are made of pixels that touch.
# - **A pattern is the same pattern everywhere.** A corner is a corner, top left or bottom right.
#
# The next page is about [an operation that has both built in](04_convolution_by_hand.py).

# %% [markdown]
# ## Exercises
#
# **1.** Shift the digits *down* instead of to the right. Does the MLP fare better?
#
# <details>
# <summary>Answer</summary>
#
# No, a little worse. Shipped MLP (`ds.Recognizer("mlp")`), five epochs: 98 % unshifted; three pixels to the right
# 60 %, three pixels down 54 %.
#
# </details>
#
# **2.** Shuffle the pixels of each image in *its own* random order. Can anything still be learned?
#
# <details>
# <summary>Answer</summary>
#
# Only what does not depend on the order: how much ink there is, and how dark it is. A 1 has little, an 8 has
# much. That is a bit better than guessing, and no network of any kind can do more, since nothing else is left in
# the data.
#
# </details>
