using System.Buffers;
using System.Collections.Immutable;
using FedHe.MLBridge.Layout;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Files;
using FedHe.Safetensors.Headers;
using FedHe.Safetensors.Kernels;

namespace FedHe.Safetensors.Models;

/// <summary>
/// A safetensors model is a checkpoint seen as a model that can be averaged: its F64, F32, F16 and BF16 tensors form the flat vector,
/// and all others stay local, by name and with the reason.
/// </summary>
/// <remarks>
/// Values are read from the files when they are asked for, so a model larger than the memory can be read and written. Whoever needs
/// it in memory calls <see cref="ReadParameters"/>.
/// </remarks>
public sealed class SafetensorsModel : IFlatModel
{
    private const int ChunkElements = 8192;

    private SafetensorsModel(SafetensorsCheckpoint checkpoint, ModelLayout layout, ImmutableArray<LocalTensor> local)
    {
        Checkpoint = checkpoint;
        Layout = layout;
        Local = local;
    }

    /// <summary>The checkpoint, which stays the caller's.</summary>
    public SafetensorsCheckpoint Checkpoint { get; }

    /// <inheritdoc/>
    public ModelLayout Layout { get; }

    /// <summary>The tensors that take no part in the average.</summary>
    public ImmutableArray<LocalTensor> Local { get; }

    /// <summary>Makes a layout from a checkpoint: every floating tensor in its own type, in the order of the data in the files.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="options">The clipping bounds, and what is to stay local.</param>
    /// <exception cref="SafetensorsException">
    /// Nothing is left to average, a floating tensor does not fit a layout, or the options name a tensor that is not there.
    /// </exception>
    /// <exception cref="ArgumentException">A bound is not positive and finite.</exception>
    public static SafetensorsModel Describe(SafetensorsCheckpoint checkpoint, SafetensorsModelOptions options)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Bounds.Values.Append(options.Bound).Any(bound => !(bound > 0) || !double.IsFinite(bound)))
        {
            throw Throw.BadBound(nameof(options));
        }

        (ModelLayout layout, ImmutableArray<LocalTensor> local) = LayoutMaker.Make(checkpoint, options);
        return new SafetensorsModel(checkpoint, layout, local);
    }

    /// <summary>Reads a checkpoint as a model of a layout that the parties agreed upon.</summary>
    /// <param name="checkpoint">The checkpoint; its floating tensors may have other floating types than the layout.</param>
    /// <param name="layout">The layout.</param>
    /// <exception cref="SafetensorsException">A tensor of the layout is missing, or has another shape or kind of elements.</exception>
    public static SafetensorsModel Match(SafetensorsCheckpoint checkpoint, ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(layout);
        return new SafetensorsModel(checkpoint, layout, LayoutMaker.Match(checkpoint, layout));
    }

    /// <summary>Writes a model to a new file, or over an old one: all tensors of its layout in their own types.</summary>
    /// <param name="path">The path of the file, which appears as a whole or not at all.</param>
    /// <param name="model">The model.</param>
    /// <param name="metadata">The metadata; null for none.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, ModelParameters model, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(model);
        SafetensorsHeader header = SafetensorsHeader.Create(
            model.Layout.Tensors.Select(spec => (spec.Name, spec.ElementType.ToDtype(), spec.Shape.Select(length => (long)length).ToImmutableArray())), metadata);
        AtomicFile.Replace(path, file =>
        {
            var writer = new SafetensorsWriter(file, header);
            foreach (SafetensorsEntry entry in header.Tensors)
            {
                ParameterBytes.Write(model, model.Layout[entry.Name], bytes => writer.Write(entry.Name, bytes));
            }

            writer.Complete();
        });
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The range does not lie within the flat vector.</exception>
    /// <exception cref="SafetensorsException">A value does not fit the layout's type, or a file has become shorter.</exception>
    public void CopyFlatTo(long start, Span<double> destination)
    {
        if (start < 0 || start > Layout.ParameterCount - destination.Length)
        {
            throw Throw.WrongRange(nameof(start));
        }

        while (!destination.IsEmpty)
        {
            TensorRun run = Layout.RunAt(start, destination.Length);
            ReadRounded(Layout.Tensors[run.TensorIndex], run.Start, destination[..run.Length]);
            destination = destination[run.Length..];
            start += run.Length;
        }
    }

    /// <summary>Reads the model into memory. Tensors of the layout's own types are copied bit for bit.</summary>
    /// <exception cref="SafetensorsException">A value does not fit the layout's type, or a file has become shorter.</exception>
    public ModelParameters ReadParameters()
    {
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(Layout);
        foreach (TensorSpec spec in Layout.Tensors)
        {
            Checkpoint.TryGet(spec.Name, out CheckpointTensor? tensor);
            if (tensor!.Dtype == spec.ElementType.ToDtype())
            {
                ParameterBytes.Read(Checkpoint, spec, builder);
            }
            else
            {
                ReadConverted(spec, builder);
            }
        }

        return builder.Build();
    }

    /// <summary>
    /// Writes a copy of the checkpoint with the values of another model: averaged tensors rounded to their types in the files, to the
    /// nearest with ties to even, and everything else bit for bit, headers and index included.
    /// </summary>
    /// <param name="path">
    /// The path of the file to replace as a whole. For a checkpoint of several files it is the path of a new folder.
    /// </param>
    /// <param name="values">The values; tensors are found by their names, and may have other floating types than in the files.</param>
    /// <exception cref="SafetensorsException">
    /// A tensor is missing or has another shape, a value is not finite or beyond the range of its type in the file, or the folder exists.
    /// </exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public void Write(string path, IFlatModel values)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(values);
        Dictionary<string, long> offsets = FindAll(values.Layout);
        if (!Checkpoint.IsSharded)
        {
            AtomicFile.Replace(path, file => WriteFile(Checkpoint.Files.Values.Single(), file, values, offsets));
            return;
        }

        if (Path.Exists(path))
        {
            throw Throw.DestinationExists();
        }

        AtomicFile.CreateFolder(path, folder =>
        {
            foreach ((string name, SafetensorsFile shard) in Checkpoint.Files)
            {
                AtomicFile.Create(Path.Combine(folder, name), file => WriteFile(shard, file, values, offsets));
            }

            AtomicFile.Create(Path.Combine(folder, Checkpoint.IndexName!), file => file.Write(Checkpoint.IndexText.Span));
        });
    }

    private static void WriteFile(SafetensorsFile source, Stream file, IFlatModel values, Dictionary<string, long> offsets)
    {
        var writer = new SafetensorsWriter(file, source.Header);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(ChunkElements * sizeof(double));
        double[] numbers = ArrayPool<double>.Shared.Rent(ChunkElements);
        try
        {
            foreach (SafetensorsEntry entry in source.Header.Tensors)
            {
                if (offsets.TryGetValue(entry.Name, out long offset))
                {
                    WriteValues(writer, entry, values, offset, numbers.AsSpan(0, ChunkElements), bytes);
                }
                else
                {
                    CopyBytes(writer, entry, source, bytes);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
            ArrayPool<double>.Shared.Return(numbers, clearArray: true);
        }

        writer.Complete();
    }

    private static void WriteValues(
        SafetensorsWriter writer, SafetensorsEntry entry, IFlatModel values, long offset, Span<double> numbers, Span<byte> bytes)
    {
        int size = entry.Dtype.BitsPerElement() / 8;
        long count = entry.ElementCount;
        for (long done = 0; done < count; done += numbers.Length)
        {
            Span<double> part = numbers[..(int)Math.Min(numbers.Length, count - done)];
            values.CopyFlatTo(offset + done, part);
            ElementCodec.Narrow(entry.Name, entry.Dtype, part, done, bytes[..(part.Length * size)]);
            writer.Write(entry.Name, bytes[..(part.Length * size)]);
        }
    }

    private static void CopyBytes(SafetensorsWriter writer, SafetensorsEntry entry, SafetensorsFile source, Span<byte> bytes)
    {
        for (long done = 0; done < entry.Length; done += bytes.Length)
        {
            Span<byte> part = bytes[..(int)Math.Min(bytes.Length, entry.Length - done)];
            source.Read(entry.Name, done, part);
            writer.Write(entry.Name, part);
        }
    }

    /// <summary>Finds every averaged tensor of this model in another layout.</summary>
    private Dictionary<string, long> FindAll(ModelLayout layout)
    {
        var indexes = layout.Tensors.Select((spec, index) => (spec.Name, index)).ToDictionary(one => one.Name, one => one.index, StringComparer.Ordinal);
        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (TensorSpec spec in Layout.Tensors.Where(spec => spec.IsAggregated))
        {
            if (!indexes.TryGetValue(spec.Name, out int index) || !layout.Tensors[index].IsAggregated)
            {
                throw Throw.UnknownTensor(spec.Name);
            }

            if (!layout.Tensors[index].Shape.SequenceEqual(spec.Shape))
            {
                throw Throw.WrongShape(spec.Name, spec.Shape.Select(length => (long)length), layout.Tensors[index].Shape.Select(length => (long)length));
            }

            offsets[spec.Name] = layout.OffsetOf(index);
        }

        return offsets;
    }

    /// <summary>Reads values as the layout's type has them, so that every way to read them gives the same.</summary>
    private void ReadRounded(TensorSpec spec, long start, Span<double> destination)
    {
        Checkpoint.ReadValues(spec.Name, start, destination);
        Checkpoint.TryGet(spec.Name, out CheckpointTensor? tensor);
        SafetensorsDtype target = spec.ElementType.ToDtype();
        if (tensor!.Dtype == target)
        {
            return;
        }

        int size = target.BitsPerElement() / 8;
        byte[] bytes = ArrayPool<byte>.Shared.Rent(ChunkElements * size);
        try
        {
            while (!destination.IsEmpty)
            {
                Span<double> part = destination[..Math.Min(ChunkElements, destination.Length)];
                Span<byte> rounded = bytes.AsSpan(0, part.Length * size);
                ElementCodec.Narrow(spec.Name, target, part, start, rounded);
                ElementCodec.Widen(target, rounded, part);
                destination = destination[part.Length..];
                start += part.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        }
    }

    private void ReadConverted(TensorSpec spec, ModelParametersBuilder builder)
    {
        double[] values = new double[spec.ToArrayLength()];
        Checkpoint.ReadValues(spec.Name, 0, values);
        SafetensorsDtype target = spec.ElementType.ToDtype();
        byte[] bytes = new byte[checked(values.Length * (target.BitsPerElement() / 8))];
        ElementCodec.Narrow(spec.Name, target, values, 0, bytes);
        ParameterBytes.Set(spec, bytes, builder);
    }
}
