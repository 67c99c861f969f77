using System.Collections.Immutable;
using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Layout;

/// <summary>
/// A tensor specification gives the name, element type, shape and clipping bound of one tensor. Specifications with
/// equal content are equal.
/// </summary>
public sealed record TensorSpec
{
    /// <summary>The length of the longest name, in bytes of UTF-8.</summary>
    public const int MaxNameBytes = 256;

    /// <summary>The largest number of dimensions.</summary>
    public const int MaxRank = 16;

    /// <summary>Creates the specification of a tensor.</summary>
    /// <param name="name">
    /// The name, unique within its layout, such as <c>features.0.weight</c>: 1 to 256 bytes of UTF-8, without control
    /// characters.
    /// </param>
    /// <param name="elementType">The type of the elements.</param>
    /// <param name="shape">The lengths of the dimensions, each at least 1; empty for a scalar.</param>
    /// <param name="bound">
    /// The clipping bound of a floating tensor, which no value of any client's update exceeds in magnitude. It is
    /// positive and finite, and is rounded to the element type so that the tensor can hold it; a buffer has the bound
    /// 0.
    /// </param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public TensorSpec(string name, ElementType elementType, ReadOnlySpan<int> shape, double bound = 0)
        : this(name, elementType, shape, bound, isLocal: false)
    {
    }

    private TensorSpec(string name, ElementType elementType, ReadOnlySpan<int> shape, double bound, bool isLocal)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Check(name, elementType, shape, bound, isLocal) is (string parameter, string message))
        {
            throw new ArgumentException(message, parameter);
        }

        Name = name;
        ElementType = elementType;
        Shape = [.. shape];
        Bound = FloatingFormat.Round(elementType, bound);
        ElementCount = CountElements(shape);
    }

    /// <summary>
    /// Creates the specification of a local tensor, which stays with its client as buffers do, although its type could be averaged.
    /// </summary>
    /// <param name="name">The name, as of any tensor.</param>
    /// <param name="elementType">The type of the elements.</param>
    /// <param name="shape">The lengths of the dimensions, each at least 1; empty for a scalar.</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public static TensorSpec Local(string name, ElementType elementType, ReadOnlySpan<int> shape)
        => new(name, elementType, shape, bound: 0, isLocal: true);

    /// <summary>The name of the tensor, unique within its layout.</summary>
    public string Name { get; }

    /// <summary>The type of the tensor's elements.</summary>
    public ElementType ElementType { get; }

    /// <summary>The lengths of the dimensions; empty for a scalar.</summary>
    public ImmutableArray<int> Shape { get; }

    /// <summary>
    /// The largest magnitude that a value may have, exactly representable in the element type; 0 for buffers and local tensors.
    /// </summary>
    public double Bound { get; }

    /// <summary>The number of elements, at least 1.</summary>
    public long ElementCount { get; }

    /// <summary>Returns the number of elements as the length of an array, for code that holds all of them at once.</summary>
    /// <exception cref="TooLongForMemoryException">An array cannot be as long.</exception>
    public int ToArrayLength() => ElementCount <= Array.MaxLength ? (int)ElementCount : throw Throw.TensorTooLong(Name);

    /// <summary>Whether the tensor is averaged; otherwise it is a buffer or local, and stays with its client.</summary>
    public bool IsAggregated => Bound > 0;

    /// <summary>
    /// The name of the layer: the tensor's name up to its last dot, or the whole name when it has none.
    /// </summary>
    public string Layer => Name.LastIndexOf('.') is > 0 and int dot ? Name[..dot] : Name;

    /// <inheritdoc/>
    public bool Equals(TensorSpec? other)
        => other is not null
            && Name == other.Name
            && ElementType == other.ElementType
            && Bound.Equals(other.Bound)
            && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan());

    /// <summary>Tells whether another tensor has the same name, element type and shape.</summary>
    internal bool IsLike(TensorSpec other)
        => Name == other.Name && ElementType == other.ElementType && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, ElementType, Bound, ElementCount);

    /// <summary>Returns the name, type and shape, such as <c>fc.weight: Float32[10, 100]</c>.</summary>
    public override string ToString() => $"{Name}: {ElementType}[{string.Join(", ", Shape)}]";

    /// <summary>
    /// Returns the parameter that is out of range with the reason, or null; the constructor and the parser share this
    /// check.
    /// </summary>
    internal static (string Parameter, string Message)? Check(
        string name, ElementType elementType, ReadOnlySpan<int> shape, double bound, bool isLocal)
    {
        if (!NameRule.IsValid(name, MaxNameBytes))
        {
            return (nameof(name), $"A tensor's name has 1 to {MaxNameBytes} bytes and no control characters.");
        }

        if (!Enum.IsDefined(elementType))
        {
            return (nameof(elementType), "The element type is not defined.");
        }

        if (shape.Length > MaxRank || CountElements(shape) is < 1 or > ModelLayout.MaxElementCount)
        {
            return (nameof(shape), $"A shape has at most {MaxRank} dimensions of length at least 1 and at most 2^40 elements.");
        }

        if (isLocal || !elementType.IsAggregated())
        {
            return bound == 0 && !double.IsNegative(bound) ? null : (nameof(bound), "A tensor that is never averaged has no clipping bound.");
        }

        double rounded = FloatingFormat.Round(elementType, bound);
        return rounded > 0 && double.IsFinite(rounded)
            ? null
            : (nameof(bound), "A floating tensor needs a clipping bound that is positive, finite and within its element type.");
    }

    /// <summary>
    /// Computes the product of the dimensions: 0 when one is not positive, and more than any model may have when it is too large.
    /// </summary>
    private static long CountElements(ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int length in shape)
        {
            if (length < 1)
            {
                return 0;
            }

            count = count > ModelLayout.MaxElementCount / length ? ModelLayout.MaxElementCount + 1 : count * length;
        }

        return count;
    }
}
