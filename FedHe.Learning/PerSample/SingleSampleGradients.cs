using FedHe.Learning.Kernels;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.PerSample;

/// <summary>The gradient of one sample for a layer of any kind, by differentiation of the layer.</summary>
internal sealed class SingleSampleGradients(IReadOnlyList<Tensor> gradients) : LayerGradients
{
    public override void AddSquaredNorms(Span<double> squares)
    {
        foreach (Tensor gradient in gradients)
        {
            squares[0] += SquareKernel.Norm(gradient.Values);
        }
    }

    public override void AddClipped(ReadOnlySpan<double> factors, Memory<double> sums)
    {
        if (factors[0] == 0)
        {
            return;
        }

        foreach (Tensor gradient in gradients)
        {
            GridKernel.Add(gradient.Values, factors[0], sums.Span);
            sums = sums[gradient.Length..];
        }
    }

    public override void Dispose()
    {
    }

    public override void AddInnerProducts(ReadOnlyMemory<float> direction, Span<double> products)
    {
        foreach (Tensor gradient in gradients)
        {
            products[0] += SquareKernel.Product(gradient.Values, direction.Span);
            direction = direction[gradient.Length..];
        }
    }
}
