"""The MNIST test images on the page are what they are said to be."""

from samples import TARGET, script


def test_the_pages_test_images_are_those_that_the_script_chooses(mnist):
    assert TARGET.read_text() == script(mnist)
    assert "CC BY-SA 3.0" in script(mnist)
