using System.Buffers;
using FedHe.Learning.Kernels;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.PerSample;

/// <summary>The per-sample gradients of a dense layer are the outer products of output gradients and inputs, and are never
/// written out.</summary>
/// <remarks>The squared norm is the product of two squared norms: the output gradient's, and the norm of the input with a 1
/// appended for the bias.
/// Source: Goodfellow, "Efficient Per-Example Gradient Computations", 2015.</remarks>
internal sealed class DenseGradients(Tensor input, Tensor outputGradient, int degree) : LayerGradients
{
    private const int RowsPerPart = 16;

    private readonly int _inputs = input.Shape[1];
    private readonly int _outputs = outputGradient.Shape[1];

    public override void AddSquaredNorms(Span<double> squares)
    {
        for (int sample = 0; sample < squares.Length; sample++)
        {
            squares[sample] += SquareKernel.Norm(GradientOf(sample)) * (SquareKernel.Norm(InputOf(sample)) + 1);
        }
    }

    public override void AddClipped(ReadOnlySpan<double> factors, Memory<double> sums)
    {
        int samples = factors.Length;
        double[] scaled = ArrayPool<double>.Shared.Rent(samples * _outputs);
        Scale(factors, scaled);
        AddBias(factors, sums.Span[(_inputs * _outputs)..]);
        ParallelRange.For((_outputs + RowsPerPart - 1) / RowsPerPart, degree, part => GridKernel.AddOuterProducts(
            scaled, input.Values, sums.Span, samples, _outputs, _inputs,
            part * RowsPerPart, Math.Min(_outputs, (part + 1) * RowsPerPart)));
        ArrayPool<double>.Shared.Return(scaled);
    }

    public override void Dispose()
    {
    }

    public override void AddInnerProducts(ReadOnlyMemory<float> direction, Span<double> products)
    {
        var turned = Tensor.Uninitialized([input.Shape[0], _inputs]);
        Gemm.Multiply(
            MatrixView.Of(outputGradient.Memory, input.Shape[0], _outputs),
            MatrixView.Of(direction[..(_inputs * _outputs)], _outputs, _inputs),
            turned.Memory,
            accumulate: false,
            degree);
        for (int sample = 0; sample < products.Length; sample++)
        {
            products[sample] += SquareKernel.Product(turned.Values.Slice(sample * _inputs, _inputs), InputOf(sample))
                + SquareKernel.Product(GradientOf(sample), direction.Span[(_inputs * _outputs)..]);
        }
    }

    private void Scale(ReadOnlySpan<double> factors, Span<double> scaled)
    {
        for (int sample = 0; sample < factors.Length; sample++)
        {
            ReadOnlySpan<float> gradient = GradientOf(sample);
            Span<double> row = scaled.Slice(sample * _outputs, _outputs);
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = factors[sample] == 0 ? 0 : factors[sample] * gradient[i];
            }
        }
    }

    private void AddBias(ReadOnlySpan<double> factors, Span<double> sums)
    {
        for (int sample = 0; sample < factors.Length; sample++)
        {
            if (factors[sample] != 0)
            {
                GridKernel.Add(GradientOf(sample), factors[sample], sums);
            }
        }
    }

    private ReadOnlySpan<float> GradientOf(int sample) => outputGradient.Values.Slice(sample * _outputs, _outputs);

    private ReadOnlySpan<float> InputOf(int sample) => input.Values.Slice(sample * _inputs, _inputs);
}
