using FedHe.Learning.Tensors;

namespace FedHe.Learning.Kernels;

/// <summary>A window geometry describes how a window slides over a batch of images [batch, channels, height,
/// width].</summary>
internal readonly record struct WindowGeometry(
    int Batch, int Channels, int Height, int Width, int WindowHeight, int WindowWidth, int Stride, int Padding)
{
    public int OutHeight => ((Height + (2 * Padding) - WindowHeight) / Stride) + 1;

    public int OutWidth => ((Width + (2 * Padding) - WindowWidth) / Stride) + 1;

    /// <summary>The number of window positions per image.</summary>
    public int Positions => OutHeight * OutWidth;

    /// <summary>The number of values under one window, over all channels.</summary>
    public int WindowLength => Channels * WindowHeight * WindowWidth;

    /// <summary>The number of values per image.</summary>
    public int ImageLength => Channels * Height * Width;

    /// <summary>Checks the sizes of images and windows and combines them into a geometry.</summary>
    /// <exception cref="ArgumentException">The images are not four-dimensional or smaller than the window.</exception>
    public static WindowGeometry Of(TensorShape images, int windowHeight, int windowWidth, int stride, int padding)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(windowWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        if (images.Rank != 4)
        {
            throw new ArgumentException(
                $"Images have the shape [batch, channels, height, width], not {images}.",
                nameof(images));
        }

        var geometry = new WindowGeometry(images[0], images[1], images[2], images[3], windowHeight, windowWidth, stride, padding);
        if (images[2] + (2 * padding) < windowHeight || images[3] + (2 * padding) < windowWidth)
        {
            throw new ArgumentException(
                $"A window of {windowHeight} x {windowWidth} does not fit images of {images[2]} x {images[3]} " +
                $"with padding {padding}.",
                nameof(images));
        }

        return geometry;
    }
}
