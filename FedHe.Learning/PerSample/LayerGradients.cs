namespace FedHe.Learning.PerSample;

/// <summary>Layer gradients are the gradients of one layer's parameters for each sample of a batch, in whatever form is
/// cheapest to compute with.</summary>
/// <remarks>Vectors of the layer's parameters are flat, in the order in which the layer lists them. A batch may have more rows
/// than samples; rows behind the samples are ignored.</remarks>
internal abstract class LayerGradients : IDisposable
{
    /// <summary>Adds the squared norm of each sample's gradient.</summary>
    /// <param name="squares">One sum for each sample.</param>
    public abstract void AddSquaredNorms(Span<double> squares);

    /// <summary>Adds each sample's gradient, times a factor and rounded to whole numbers, to sums of whole numbers. What is added
    /// for a sample has, before rounding, no larger norm than its factor times the norm that was found for it.</summary>
    /// <param name="factors">One factor for each sample; of a sample with the factor 0 nothing is read.</param>
    /// <param name="sums">One sum for each parameter of the layer.</param>
    public abstract void AddClipped(ReadOnlySpan<double> factors, Memory<double> sums);

    /// <summary>Adds the inner product of each sample's gradient and a vector.</summary>
    /// <param name="direction">One value for each parameter of the layer.</param>
    /// <param name="products">One sum for each sample.</param>
    public abstract void AddInnerProducts(ReadOnlyMemory<float> direction, Span<double> products);

    /// <summary>Gives scratch memory back.</summary>
    public abstract void Dispose();
}
