using System.Numerics.Tensors;

namespace FedHe.Learning.Data.Images;

/// <summary>An image decoder turns pixel bytes into features.</summary>
internal static class ImageDecoder
{
    /// <summary>Maps pixels from 0..255 to 0..1.</summary>
    public static void Decode(ReadOnlySpan<byte> pixels, Span<float> destination)
    {
        TensorPrimitives.ConvertChecked(pixels, destination);
        TensorPrimitives.Divide(destination, byte.MaxValue, destination);
    }

    /// <summary>Creates the class names "0", "1", ... for data that has only numbers.</summary>
    public static string[] NumberedClasses(int count) =>
        [.. Enumerable.Range(0, count).Select(label => label.ToString(System.Globalization.CultureInfo.InvariantCulture))];
}
