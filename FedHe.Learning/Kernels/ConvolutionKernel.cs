using System.Buffers;
using FedHe.Learning.Autodiff;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Kernels;

/// <summary>The convolution kernel computes the three bilinear maps that make up a convolution and all its
/// derivatives.</summary>
/// <remarks>They are the three ways of leaving one argument out of the trilinear form
/// T(input, weight, output gradient) = &lt;conv(input, weight), output gradient&gt;, so the derivative of each is
/// one of the other two.</remarks>
internal static class ConvolutionKernel
{
    /// <summary>The number of images per partial sum of the weight gradient, fixed so that the sum's order never depends
    /// on the number of threads.</summary>
    private const int ImagesPerPartialSum = 8;

    /// <summary>Computes conv(input, weight), of shape [batch, out channels, out height, out width].</summary>
    public static Tensor Forward(Tensor input, Tensor weight, WindowGeometry geometry, int degree)
    {
        int outChannels = weight.Shape[0];
        int outLength = outChannels * geometry.Positions;
        var result = Tensor.Uninitialized([geometry.Batch, outChannels, geometry.OutHeight, geometry.OutWidth]);
        var weights = MatrixView.Of(weight.Memory, outChannels, geometry.WindowLength);
        ParallelRange.For(geometry.Batch, degree, image =>
        {
            float[] columns = ArrayPool<float>.Shared.Rent(geometry.WindowLength * geometry.Positions);
            WindowColumns.Gather(input.Values.Slice(image * geometry.ImageLength, geometry.ImageLength), geometry, columns);
            Gemm.Multiply(
                weights,
                MatrixView.Of(columns, geometry.WindowLength, geometry.Positions),
                result.Memory.Slice(image * outLength, outLength));
            ArrayPool<float>.Shared.Return(columns);
        });
        return result;
    }

    /// <summary>Computes the gradient of &lt;conv(input, weight), output gradient&gt; with respect to the input.</summary>
    public static Tensor InputGradient(Tensor outputGradient, Tensor weight, WindowGeometry geometry, int degree)
    {
        int outChannels = weight.Shape[0];
        int outLength = outChannels * geometry.Positions;
        var result = Tensor.Zeros([geometry.Batch, geometry.Channels, geometry.Height, geometry.Width]);
        var weights = MatrixView.Of(weight.Memory, outChannels, geometry.WindowLength, transposed: true);
        ParallelRange.For(geometry.Batch, degree, image =>
        {
            float[] columns = ArrayPool<float>.Shared.Rent(geometry.WindowLength * geometry.Positions);
            Gemm.Multiply(
                weights,
                MatrixView.Of(outputGradient.Memory.Slice(image * outLength, outLength), outChannels, geometry.Positions),
                columns);
            WindowColumns.ScatterAdd(columns, geometry, result.Values.Slice(image * geometry.ImageLength, geometry.ImageLength));
            ArrayPool<float>.Shared.Return(columns);
        });
        return result;
    }

    /// <summary>Computes the gradient of &lt;conv(input, weight), output gradient&gt; with respect to the weight.</summary>
    public static Tensor WeightGradient(Tensor input, Tensor outputGradient, WindowGeometry geometry, int degree)
    {
        int outChannels = outputGradient.Shape[1];
        int partCount = (geometry.Batch + ImagesPerPartialSum - 1) / ImagesPerPartialSum;
        var parts = new Tensor[partCount];
        TensorShape shape = [outChannels, geometry.Channels, geometry.WindowHeight, geometry.WindowWidth];
        ParallelRange.For(partCount, degree, part =>
        {
            Tensor sum = parts[part] = Tensor.Uninitialized(shape);
            float[] columns = ArrayPool<float>.Shared.Rent(geometry.WindowLength * geometry.Positions);
            int first = part * ImagesPerPartialSum;
            int end = Math.Min(first + ImagesPerPartialSum, geometry.Batch);
            for (int image = first; image < end; image++)
            {
                ImageWeightGradient(input, outputGradient, geometry, image, columns, sum.Memory, accumulate: image > first);
            }

            ArrayPool<float>.Shared.Return(columns);
        });

        Tensor result = partCount > 0 ? parts[0] : Tensor.Zeros(shape);
        foreach (Tensor? part in parts.AsSpan(Math.Min(1, partCount)))
        {
            SumOperator.Accumulate(part.Values, result.Values);
        }

        return result;
    }
    /// <summary>Computes the gradient of &lt;conv(input, weight), output gradient&gt; with respect to the weight, for one
    /// image of the batch.</summary>
    /// <param name="input">The images.</param>
    /// <param name="outputGradient">The gradients of the outputs.</param>
    /// <param name="geometry">The geometry of the batch.</param>
    /// <param name="image">The position of the image in the batch.</param>
    /// <param name="columns">Scratch of at least window length x positions values.</param>
    /// <param name="result">[out channels, window length].</param>
    /// <param name="accumulate">Add to the result instead of replacing it.</param>
    public static void ImageWeightGradient(
        Tensor input, Tensor outputGradient, in WindowGeometry geometry, int image, float[] columns, Memory<float> result,
        bool accumulate = false)
    {
        int outChannels = outputGradient.Shape[1];
        int outLength = outChannels * geometry.Positions;
        WindowColumns.Gather(input.Values.Slice(image * geometry.ImageLength, geometry.ImageLength), geometry, columns);
        Gemm.Multiply(
            MatrixView.Of(outputGradient.Memory.Slice(image * outLength, outLength), outChannels, geometry.Positions),
            MatrixView.Of(columns, geometry.WindowLength, geometry.Positions, transposed: true),
            result,
            accumulate);
    }
}
