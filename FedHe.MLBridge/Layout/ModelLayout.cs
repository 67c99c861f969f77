using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Layout;

/// <summary>
/// A model layout lists the tensors of a model in order. Its floating tensors but local ones, row-major and one after the other, form
/// the flat vector of <see cref="ParameterCount"/> values.
/// </summary>
/// <remarks>
/// Two layouts are the same exactly when their digests are. Source: FedML-HE, Table 3, <c>flatten</c>: the shape
/// information that accompanies the vector.
/// </remarks>
public sealed class ModelLayout
{
    /// <summary>The largest number of elements of all tensors together: 2^40.</summary>
    public const long MaxElementCount = 1L << 40;

    private readonly Dictionary<string, int> _indexes;
    private readonly long[] _offsets;
    private readonly int[] _aggregated;

    /// <summary>Creates the layout of a model.</summary>
    /// <param name="tensors">The tensors in order, with unique names and at least one floating tensor.</param>
    /// <exception cref="ArgumentException">A name appears twice, no tensor is floating, or there are too many values.</exception>
    public ModelLayout(params IEnumerable<TensorSpec> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        Tensors = [.. tensors];
        _indexes = new Dictionary<string, int>(Tensors.Length, StringComparer.Ordinal);
        _offsets = new long[Tensors.Length];
        if (Check(Tensors, _indexes, _offsets, out long count) is string fault)
        {
            throw new ArgumentException(fault, nameof(tensors));
        }

        ParameterCount = count;
        _aggregated = [.. Enumerable.Range(0, Tensors.Length).Where(i => Tensors[i].IsAggregated)];
        Digest = Digest.Of(WriteTo);
    }

    /// <summary>The tensors of the model, in order.</summary>
    public ImmutableArray<TensorSpec> Tensors { get; }

    /// <summary>The length of the flat vector: the number of elements in all tensors that are averaged.</summary>
    public long ParameterCount { get; }

    /// <summary>The identity of the layout, which covers the clipping bounds.</summary>
    public Digest Digest { get; }

    /// <summary>
    /// Returns the length of the flat vector as the length of an array, for code that holds a number for each value at once.
    /// </summary>
    /// <exception cref="TooLongForMemoryException">An array cannot be as long.</exception>
    public int ToArrayLength() => ParameterCount <= Array.MaxLength ? (int)ParameterCount : throw Throw.ModelTooLong(ParameterCount);

    /// <summary>The tensor with a given name.</summary>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public TensorSpec this[string name] => Tensors[IndexOf(name)];

    /// <summary>
    /// Returns the layout in which whole tensors or layers stay with their clients: each client keeps and trains its own, as FedBN does with
    /// layers of batch normalization.
    /// </summary>
    /// <param name="names">The exact names of tensors or layers; a layer's name is its tensors' name up to the last dot.</param>
    /// <exception cref="ArgumentException">The layout has no tensor or layer of a name, or nothing is left to average.</exception>
    /// <remarks>Source: Li, Jiang, Zhang, Kamp and Dou, "FedBN: Federated Learning on Non-IID Features via Local Batch Normalization", ICLR 2021.</remarks>
    public ModelLayout WithLocal(params ReadOnlySpan<string> names)
    {
        TensorSpec[] tensors = [.. Tensors];
        foreach (string name in names)
        {
            foreach (int i in IndexesOf(name, nameof(names)))
            {
                tensors[i] = TensorSpec.Local(tensors[i].Name, tensors[i].ElementType, tensors[i].Shape.AsSpan());
            }
        }

        return new ModelLayout(tensors);
    }

    /// <summary>Returns the position of a tensor in <see cref="Tensors"/>.</summary>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public int IndexOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _indexes.TryGetValue(name, out int index) ? index : throw Throw.UnknownTensor(name, nameof(name));
    }

    /// <summary>Returns the position of a floating tensor's first value in the flat vector.</summary>
    /// <param name="tensorIndex">The position of the tensor in <see cref="Tensors"/>.</param>
    /// <exception cref="ArgumentException">The tensor is a buffer, or there is no tensor at this position.</exception>
    public long OffsetOf(int tensorIndex)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tensorIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(tensorIndex, Tensors.Length);
        return Tensors[tensorIndex].IsAggregated
            ? _offsets[tensorIndex]
            : throw Throw.BufferHasNoOffset(Tensors[tensorIndex].Name, nameof(tensorIndex));
    }

    /// <summary>
    /// Finds the tensor that holds a position of the flat vector, and the part of a range from that position that lies
    /// in it.
    /// </summary>
    /// <remarks>The method is public for hosts that implement <see cref="IFlatModel"/>.</remarks>
    /// <param name="position">A position in the flat vector, at least 0 and below <see cref="ParameterCount"/>.</param>
    /// <param name="maxLength">The length of the range, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public TensorRun RunAt(long position, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, ParameterCount);
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        int low = 0;
        int high = _aggregated.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_offsets[_aggregated[middle]] <= position)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        int tensor = _aggregated[low];
        long start = position - _offsets[tensor];
        return new TensorRun(tensor, start, (int)Math.Min(maxLength, Tensors[tensor].ElementCount - start));
    }

    /// <summary>Writes the canonical bytes of the layout.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        var payload = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(payload);
        writer.WriteInt32(Tensors.Length);
        foreach (TensorSpec tensor in Tensors)
        {
            writer.WriteString(tensor.Name);
            writer.WriteByte((byte)tensor.ElementType);
            writer.WriteByte((byte)tensor.Shape.Length);
            foreach (int length in tensor.Shape)
            {
                writer.WriteInt32(length);
            }

            writer.WriteDouble(tensor.Bound);
        }

        writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.ModelLayout, Digest.None, payload.WrittenCount);
        writer.WriteBytes(payload.WrittenSpan);
    }

    /// <summary>Tries to parse exactly one layout from untrusted bytes.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="limits">
    /// The largest encoded length, and the largest number of elements in all tensors together.
    /// </param>
    /// <param name="layout">The layout.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out ModelLayout? layout, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        const int SmallestTensor = sizeof(ushort) + 1 + 1 + 1 + sizeof(double);
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.ModelLayout, Digest.None, limits.MaxBytes);
        int count = reader.ReadInt32(1, int.MaxValue);
        reader.Require(count <= reader.Remaining / SmallestTensor, FormatError.Truncated);
        var tensors = new List<TensorSpec>();
        long elements = 0;
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            if (ReadTensor(ref reader) is TensorSpec tensor)
            {
                tensors.Add(tensor);
                elements += tensor.ElementCount;
                reader.Require(elements <= Math.Min(limits.MaxValues, MaxElementCount), FormatError.LimitExceeded);
            }
        }

        reader.ExpectEnd();
        reader.Require(reader.Failed || Check(tensors, [], new long[tensors.Count], out _) is null, FormatError.Inconsistent);
        reason = reader.Error;
        layout = reader.Failed ? null : new ModelLayout(tensors);
        return layout is not null;
    }

    /// <summary>Returns the positions in <see cref="Tensors"/> of the tensor with a name, or of the tensors in the layer with the name.</summary>
    /// <param name="name">The exact name of a tensor or layer.</param>
    /// <param name="parameter">The name of the parameter that an exception refers to.</param>
    /// <exception cref="ArgumentException">The layout has no tensor or layer of the name.</exception>
    internal int[] IndexesOf(string name, string parameter)
    {
        int[] indexes = [.. Enumerable.Range(0, Tensors.Length).Where(i => Tensors[i].Name == name || Tensors[i].Layer == name)];
        return indexes.Length > 0 ? indexes : throw Throw.UnknownLayer(name, parameter);
    }

    private static TensorSpec? ReadTensor(ref WireReader reader)
    {
        string name = reader.ReadString(TensorSpec.MaxNameBytes);
        var elementType = (ElementType)reader.ReadByte();
        int rank = reader.ReadByte();
        reader.Require(rank <= TensorSpec.MaxRank, FormatError.FieldOutOfRange);
        Span<int> shape = stackalloc int[reader.Failed ? 0 : rank];
        foreach (ref int length in shape)
        {
            length = reader.ReadInt32(1, int.MaxValue);
        }

        double bound = reader.ReadDouble(0, double.MaxValue);
        if (reader.Failed)
        {
            return null;
        }

        bool isLocal = bound == 0;
        bool valid = TensorSpec.Check(name, elementType, shape, bound, isLocal) is null;
        reader.Require(valid, FormatError.FieldOutOfRange);

        // Only bounds that the element type can hold are canonical; another bound would change when it is written
        // again.
        reader.Require(!valid || FloatingFormat.Round(elementType, bound).Equals(bound), FormatError.FieldOutOfRange);
        return reader.Failed ? null : isLocal ? TensorSpec.Local(name, elementType, shape) : new TensorSpec(name, elementType, shape, bound);
    }

    private static string? Check(
        IReadOnlyList<TensorSpec> tensors, Dictionary<string, int> indexes, long[] offsets, out long parameterCount)
    {
        parameterCount = 0;
        long elements = 0;
        for (int i = 0; i < tensors.Count; i++)
        {
            if (!indexes.TryAdd(tensors[i].Name, i))
            {
                return $"Two tensors have the name '{tensors[i].Name}'.";
            }

            elements += tensors[i].ElementCount;
            if (elements > MaxElementCount)
            {
                return "The tensors have more than 2^40 elements together.";
            }

            if (tensors[i].IsAggregated)
            {
                offsets[i] = parameterCount;
                parameterCount += tensors[i].ElementCount;
            }
        }

        return parameterCount > 0 ? null : "The model has no floating tensor, so there is nothing to aggregate.";
    }
}
