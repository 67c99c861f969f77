using System.Numerics.Tensors;

namespace FedHe.Learning.Kernels;

/// <summary>The addition operator computes left + right.</summary>
internal readonly struct AddOperator : IBinaryOperator
{
    public static void Invoke(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> destination) =>
        TensorPrimitives.Add(left, right, destination);

    public static void Invoke(ReadOnlySpan<float> left, float right, Span<float> destination) =>
        TensorPrimitives.Add(left, right, destination);

    public static void Invoke(float left, ReadOnlySpan<float> right, Span<float> destination) =>
        TensorPrimitives.Add(right, left, destination);
}

/// <summary>The subtraction operator computes left - right.</summary>
internal readonly struct SubtractOperator : IBinaryOperator
{
    public static void Invoke(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> destination) =>
        TensorPrimitives.Subtract(left, right, destination);

    public static void Invoke(ReadOnlySpan<float> left, float right, Span<float> destination) =>
        TensorPrimitives.Subtract(left, right, destination);

    public static void Invoke(float left, ReadOnlySpan<float> right, Span<float> destination) =>
        TensorPrimitives.Subtract(left, right, destination);
}

/// <summary>The multiplication operator computes left x right.</summary>
internal readonly struct MultiplyOperator : IBinaryOperator
{
    public static void Invoke(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> destination) =>
        TensorPrimitives.Multiply(left, right, destination);

    public static void Invoke(ReadOnlySpan<float> left, float right, Span<float> destination) =>
        TensorPrimitives.Multiply(left, right, destination);

    public static void Invoke(float left, ReadOnlySpan<float> right, Span<float> destination) =>
        TensorPrimitives.Multiply(right, left, destination);
}

/// <summary>The division operator computes left / right.</summary>
internal readonly struct DivideOperator : IBinaryOperator
{
    public static void Invoke(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> destination) =>
        TensorPrimitives.Divide(left, right, destination);

    public static void Invoke(ReadOnlySpan<float> left, float right, Span<float> destination) =>
        TensorPrimitives.Divide(left, right, destination);

    public static void Invoke(float left, ReadOnlySpan<float> right, Span<float> destination) =>
        TensorPrimitives.Divide(left, right, destination);
}

/// <summary>The right operator returns the right operand, which makes broadcasting itself an elementwise
/// operation.</summary>
internal readonly struct RightOperator : IBinaryOperator
{
    public static void Invoke(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> destination) =>
        right.CopyTo(destination);

    public static void Invoke(ReadOnlySpan<float> left, float right, Span<float> destination) =>
        destination[..left.Length].Fill(right);

    public static void Invoke(float left, ReadOnlySpan<float> right, Span<float> destination) =>
        right.CopyTo(destination);
}
