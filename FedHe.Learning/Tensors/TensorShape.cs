using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace FedHe.Learning.Tensors;

/// <summary>A tensor shape holds the dimensions of a dense row-major tensor, outermost first; a scalar has no
/// dimensions.</summary>
[CollectionBuilder(typeof(TensorShape), nameof(Create))]
public sealed class TensorShape : IReadOnlyList<int>, IEquatable<TensorShape>
{
    private readonly int[] _dimensions;

    private TensorShape(int[] dimensions)
    {
        long count = 1;
        foreach (int dimension in dimensions)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension, nameof(dimensions));
            count *= dimension;
            if (count > Array.MaxLength)
            {
                throw new ArgumentException(
                    "The tensor would have more elements than one array can hold.",
                    nameof(dimensions));
            }
        }

        _dimensions = dimensions;
        ElementCount = (int)count;
    }

    /// <summary>The shape of a single number.</summary>
    public static TensorShape Scalar { get; } = new([]);

    /// <summary>The number of dimensions.</summary>
    public int Rank => _dimensions.Length;

    /// <summary>The product of the dimensions; 1 for a scalar.</summary>
    public int ElementCount { get; }

    /// <summary>The dimensions of the shape, outermost first.</summary>
    public ReadOnlySpan<int> Dimensions => _dimensions;

    int IReadOnlyCollection<int>.Count => _dimensions.Length;

    /// <summary>Gets the size of one dimension.</summary>
    /// <param name="axis">The dimension's position, 0 for the outermost.</param>
    public int this[int axis] => _dimensions[axis];

    /// <summary>Makes a shape from its dimensions; collection expressions such as <c>[2, 3]</c> call this.</summary>
    /// <param name="dimensions">Non-negative sizes whose product fits one array.</param>
    /// <exception cref="ArgumentException">A size is negative or the product too large.</exception>
    public static TensorShape Create(params ReadOnlySpan<int> dimensions) =>
        dimensions.IsEmpty ? Scalar : new TensorShape(dimensions.ToArray());

    /// <summary>Creates the same shape with one more dimension in front.</summary>
    /// <param name="size">The size of the new outermost dimension.</param>
    public TensorShape Prepend(int size) => new([size, .. _dimensions]);

    /// <summary>Creates the shape without its outermost dimension, which is the shape of one sample of a batch.</summary>
    /// <exception cref="InvalidOperationException">The shape is a scalar.</exception>
    public TensorShape WithoutFirst() =>
        Rank > 0 ? Create(_dimensions.AsSpan(1)) : throw new InvalidOperationException("A scalar has no outermost dimension.");

    /// <inheritdoc/>
    public bool Equals(TensorShape? other) => other is not null && Dimensions.SequenceEqual(other.Dimensions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorShape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int dimension in _dimensions)
        {
            hash.Add(dimension);
        }

        return hash.ToHashCode();
    }

    /// <summary>Writes the dimensions in brackets, for example <c>[32, 784]</c>.</summary>
    public override string ToString() =>
        $"[{string.Join(", ", _dimensions.Select(size => size.ToString(CultureInfo.InvariantCulture)))}]";

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_dimensions).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _dimensions.GetEnumerator();
}
