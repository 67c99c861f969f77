namespace FedHe.Learning.Kernels;

/// <summary>A reduction operator is an associative operation that folds many values into one.</summary>
internal interface IReductionOperator
{
    /// <summary>The value that changes nothing when it is folded in.</summary>
    static abstract float Identity { get; }

    static abstract float Combine(float accumulated, float value);

    /// <summary>Folds a run of values into one.</summary>
    static abstract float Reduce(ReadOnlySpan<float> values);

    /// <summary>Folds values element by element into an accumulator.</summary>
    static abstract void Accumulate(ReadOnlySpan<float> values, Span<float> accumulator);
}
