namespace FedHe.Learning.Kernels;

/// <summary>A binary operator is an elementwise operation on two operands, either of which may be one repeated
/// value.</summary>
internal interface IBinaryOperator
{
    static abstract void Invoke(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> destination);

    static abstract void Invoke(ReadOnlySpan<float> left, float right, Span<float> destination);

    static abstract void Invoke(float left, ReadOnlySpan<float> right, Span<float> destination);
}
