namespace FedHe.Learning.Tensors;

/// <summary>A tensor is a dense row-major array of 32-bit floats, whose shape never changes and whose values can be
/// written through <see cref="Values"/>.</summary>
public sealed class Tensor
{
    private readonly float[] _values;

    /// <summary>Wraps an existing array without copying it.</summary>
    /// <param name="shape">The dimensions.</param>
    /// <param name="values">Exactly as many values as the shape has elements, innermost dimension contiguous.</param>
    /// <exception cref="ArgumentException">The array's length is not the shape's element count.</exception>
    public Tensor(TensorShape shape, float[] values)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != shape.ElementCount)
        {
            throw new ArgumentException(
                $"The shape {shape} has {shape.ElementCount} elements but {values.Length} values were given.",
                nameof(values));
        }

        Shape = shape;
        _values = values;
    }

    /// <summary>The dimensions of the tensor.</summary>
    public TensorShape Shape { get; }

    /// <summary>The number of elements of the tensor.</summary>
    public int Length => _values.Length;

    /// <summary>The elements in row-major order.</summary>
    public Span<float> Values => _values;

    internal Memory<float> Memory => _values;

    /// <summary>Creates a tensor of zeros.</summary>
    /// <param name="shape">The dimensions.</param>
    public static Tensor Zeros(TensorShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new Tensor(shape, new float[shape.ElementCount]);
    }

    /// <summary>Creates a tensor whose elements all have one value.</summary>
    /// <param name="shape">The dimensions.</param>
    /// <param name="value">The value of every element.</param>
    public static Tensor Filled(TensorShape shape, float value)
    {
        Tensor tensor = Uninitialized(shape);
        tensor.Values.Fill(value);
        return tensor;
    }

    /// <summary>Creates a tensor that holds one number and has no dimensions.</summary>
    /// <param name="value">The number.</param>
    public static Tensor Scalar(float value) => new(TensorShape.Scalar, [value]);

    /// <summary>Encodes class indices as rows with a single 1.</summary>
    /// <param name="labels">One class index per row, each in [0, <paramref name="classCount"/>).</param>
    /// <param name="classCount">The number of columns.</param>
    /// <exception cref="ArgumentOutOfRangeException">A label is not a class index.</exception>
    public static Tensor OneHot(ReadOnlySpan<int> labels, int classCount)
    {
        Tensor tensor = Zeros([labels.Length, classCount]);
        for (int row = 0; row < labels.Length; row++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(labels[row], nameof(labels));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(labels[row], classCount, nameof(labels));
            tensor.Values[(row * classCount) + labels[row]] = 1;
        }

        return tensor;
    }

    /// <summary>Gives the same values another shape; both tensors share one storage.</summary>
    /// <param name="shape">A shape of the same element count.</param>
    public Tensor Reshape(TensorShape shape) => new(shape, _values);

    /// <summary>Creates an independent copy of the tensor.</summary>
    public Tensor Clone() => new(Shape, (float[])_values.Clone());

    /// <summary>Creates a tensor whose every element the caller overwrites; clearing the storage first would cost a
    /// pass over memory.</summary>
    internal static Tensor Uninitialized(TensorShape shape) =>
        new(shape, GC.AllocateUninitializedArray<float>(shape.ElementCount));
}
