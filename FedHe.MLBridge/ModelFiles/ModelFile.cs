using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using Microsoft.Win32.SafeHandles;

namespace FedHe.MLBridge.ModelFiles;

/// <summary>
/// A model file is a model of any size in a file, in clear: the values of all tensors that are averaged, in their element types. Buffers and local tensors are no part of it. It is thread-safe.
/// </summary>
/// <remarks>The file must stay as it is while it is open. Where the system allows it, it may be deleted meanwhile, and can still be read.</remarks>
/// <example>
/// <code>
/// // A trainer writes what it trained, an IFlatModel of any kind, and hands out the file.
/// Digest digest = ModelFile.Save("trained.model", trained);
/// using var file = new ModelFile("trained.model", trained.Layout);
/// double[] first = new double[100];
/// file.CopyFlatTo(0, first);
/// </code>
/// </example>
public sealed class ModelFile : IFlatModel, IDisposable
{
    private const int PartLength = 256 * 1024;
    private const int BlockLength = 1 << 12;

    private readonly SafeFileHandle _handle;
    private readonly long[] _offsets;

    /// <summary>Opens a file that a <see cref="ModelFileWriter"/> wrote.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="layout">The layout of the model.</param>
    /// <exception cref="HeFormatException">The file is no model's, has a model of another layout or another length.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The system does not let the file be read.</exception>
    public ModelFile(string path, ModelLayout layout)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(layout);
        Layout = layout;
        _offsets = OffsetsOf(layout);
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            byte[] head = new byte[ModelFileHead.Length];
            int length = RandomAccess.Read(_handle, head, fileOffset: 0);
            FormatError error = ModelFileHead.Check(head.AsSpan(0, length), RandomAccess.GetLength(_handle), layout);
            if (error != FormatError.None)
            {
                throw new HeFormatException(error, "model file");
            }
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ModelLayout Layout { get; }

    /// <summary>Computes the number of bytes of the file of a model of a layout.</summary>
    /// <param name="layout">The layout.</param>
    public static long LengthOf(ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return ModelFileHead.Length + ModelFileHead.ValuesLengthOf(layout);
    }

    /// <summary>
    /// Writes a model to a file that only its owner can read, in the place of one that is there. Wherever the process ends, the path has the whole file, the file that was there before, or none; a rest may
    /// lie beside it under the name with <c>.part</c>, which an exception does not leave. Windows does not let a file be replaced that is open: give each training a name of its own there.
    /// </summary>
    /// <param name="path">The path of the file, whose folder exists.</param>
    /// <param name="model">The model.</param>
    /// <returns>The SHA-256 of the file.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The system does not let the file be written.</exception>
    public static Digest Save(string path, IFlatModel model)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(model);
        string part = path + ".part";
        File.Delete(part);
        Digest digest;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using (var file = new FileStream(part, options))
            {
                using var writer = new ModelFileWriter(file, model.Layout);
                Copy(model, writer);
                digest = writer.Complete();
                file.Flush(flushToDisk: true);
            }

            File.Move(part, path, overwrite: true);
        }
        catch
        {
            Delete(part);
            throw;
        }

        return digest;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The range does not lie within the flat vector.</exception>
    /// <exception cref="IOException">The file cannot be read, or has become shorter.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public void CopyFlatTo(long start, Span<double> destination)
    {
        if (start < 0 || start > Layout.ParameterCount - destination.Length)
        {
            throw Throw.WrongFlatRange(Layout.ParameterCount, nameof(start));
        }

        byte[] elements = ArrayPool<byte>.Shared.Rent(PartLength);
        int used = 0;
        try
        {
            while (!destination.IsEmpty)
            {
                TensorRun run = Layout.RunAt(start, Math.Min(destination.Length, PartLength / ModelElements.LargestSize));
                ElementType type = Layout.Tensors[run.TensorIndex].ElementType;
                Span<byte> part = elements.AsSpan(0, run.Length * ModelElements.SizeOf(type));
                used = Math.Max(used, part.Length);
                Read(_offsets[run.TensorIndex] + (run.Start * ModelElements.SizeOf(type)), part);
                ModelElements.Read(type, part, destination[..run.Length]);
                destination = destination[run.Length..];
                start += run.Length;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(elements.AsSpan(0, used));
            ArrayPool<byte>.Shared.Return(elements);
        }
    }

    /// <summary>Computes the SHA-256 of the file, for which all of it is read.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public Digest ComputeDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] part = ArrayPool<byte>.Shared.Rent(PartLength);
        try
        {
            long offset = 0;
            for (int count = -1; count != 0; offset += count)
            {
                count = RandomAccess.Read(_handle, part, offset);
                hash.AppendData(part, 0, count);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(part);
            ArrayPool<byte>.Shared.Return(part);
        }

        return new Digest(hash.GetHashAndReset());
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>Deletes the rest of a file whose disk may be full of it.</summary>
    private static void Delete(string part)
    {
        try
        {
            File.Delete(part);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The fault that led here says more, and the next model with this name deletes the rest.
        }
    }

    private static void Copy(IFlatModel model, ModelFileWriter writer)
    {
        long count = model.Layout.ParameterCount;
        using var block = new SecretBuffer((int)Math.Min(BlockLength, count));
        for (long start = 0; start < count; start += block.Span.Length)
        {
            Span<double> values = block.Span[..(int)Math.Min(block.Span.Length, count - start)];
            model.CopyFlatTo(start, values);
            writer.Write(start, values);
        }
    }

    private static long[] OffsetsOf(ModelLayout layout)
    {
        long[] offsets = new long[layout.Tensors.Length];
        long next = ModelFileHead.Length;
        for (int i = 0; i < offsets.Length; i++)
        {
            TensorSpec tensor = layout.Tensors[i];
            offsets[i] = next;
            next += tensor.IsAggregated ? tensor.ElementCount * ModelElements.SizeOf(tensor.ElementType) : 0;
        }

        return offsets;
    }

    private void Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int count = RandomAccess.Read(_handle, destination, offset);
            if (count == 0)
            {
                throw new EndOfStreamException("The file of the model has become shorter.");
            }

            destination = destination[count..];
            offset += count;
        }
    }
}
