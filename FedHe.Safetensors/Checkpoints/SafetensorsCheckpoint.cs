using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Files;
using FedHe.Safetensors.Headers;

namespace FedHe.Safetensors.Checkpoints;

/// <summary>A checkpoint is a model as people store it: one safetensors file, or an index and the shards that it names.</summary>
/// <remarks>
/// The format stores a tensor once. Where a model uses one tensor under two names, writers keep one of the names, and some note the
/// other one in the metadata; both are left as they are. Symbolic links are followed, as model caches use them.
/// </remarks>
public sealed class SafetensorsCheckpoint : IDisposable
{
    /// <summary>The name of a model's only file in a folder.</summary>
    public const string SingleFileName = "model.safetensors";

    /// <summary>The name of the index in a folder.</summary>
    public const string IndexFileName = "model.safetensors.index.json";

    private const string IndexSuffix = ".index.json";

    private readonly ImmutableSortedDictionary<string, SafetensorsFile> _files;
    private readonly Dictionary<string, CheckpointTensor> _byName = new(StringComparer.Ordinal);

    private SafetensorsCheckpoint(
        ImmutableSortedDictionary<string, SafetensorsFile> files, string? indexName = null, ReadOnlyMemory<byte> indexText = default)
    {
        _files = files;
        IndexName = indexName;
        IndexText = indexText;
        Tensors =
        [
            .. files.SelectMany(file => file.Value.Header.Tensors.Select(one => new CheckpointTensor(one.Name, one.Dtype, one.Shape, file.Key))),
        ];
        foreach (CheckpointTensor tensor in Tensors)
        {
            if (!_byName.TryAdd(tensor.Name, tensor))
            {
                throw Throw.DuplicateName(tensor.Name);
            }
        }
    }

    /// <summary>The tensors, file by file and in the order of their data.</summary>
    public ImmutableArray<CheckpointTensor> Tensors { get; }

    /// <summary>Whether the model has an index and shards.</summary>
    public bool IsSharded => IndexName is not null;

    /// <summary>The metadata of every file, by the file's name.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Metadata
        => _files.ToImmutableSortedDictionary(file => file.Key, file => file.Value.Header.Metadata, StringComparer.Ordinal);

    internal string? IndexName { get; }

    internal ReadOnlyMemory<byte> IndexText { get; }

    internal ImmutableSortedDictionary<string, SafetensorsFile> Files => _files;

    /// <summary>Opens a model.</summary>
    /// <param name="path">A safetensors file, an index whose name ends with <c>.index.json</c>, or a folder that has one of the two.</param>
    /// <param name="access">The way to read the files.</param>
    /// <param name="limits">The limits; null for the default ones.</param>
    /// <exception cref="SafetensorsException">There is no model, or the index or a header is refused.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static SafetensorsCheckpoint Open(string path, SafetensorsAccess access = SafetensorsAccess.Streamed, SafetensorsLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        limits ??= SafetensorsLimits.Default;
        string found = Directory.Exists(path) ? FindIn(path) : File.Exists(path) ? path : throw Throw.NoCheckpoint();
        if (found.EndsWith(IndexSuffix, StringComparison.Ordinal))
        {
            return OpenSharded(found, access, limits);
        }

        return Create(ImmutableSortedDictionary<string, SafetensorsFile>.Empty.Add(Path.GetFileName(found), SafetensorsFile.Open(found, access, limits)));
    }

    /// <summary>Finds a tensor.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out CheckpointTensor? tensor) => _byName.TryGetValue(name, out tensor);

    /// <inheritdoc cref="SafetensorsFile.Read"/>
    public void Read(string name, long start, Span<byte> destination) => FileOf(name).Read(name, start, destination);

    /// <inheritdoc cref="SafetensorsFile.ReadValues"/>
    public void ReadValues(string name, long start, Span<double> destination) => FileOf(name).ReadValues(name, start, destination);

    /// <inheritdoc/>
    public void Dispose() => DisposeAll(_files.Values);

    private static string FindIn(string folder)
    {
        string single = Path.Combine(folder, SingleFileName);
        string index = Path.Combine(folder, IndexFileName);
        return (File.Exists(single), File.Exists(index)) switch
        {
            (true, false) => single,
            (false, true) => index,
            (true, true) => throw Throw.TwoCheckpoints(),
            _ => throw Throw.NoCheckpoint(),
        };
    }

    private static SafetensorsCheckpoint OpenSharded(string path, SafetensorsAccess access, SafetensorsLimits limits)
    {
        ShardIndex index = ShardIndex.Open(path, limits);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        ImmutableSortedDictionary<string, SafetensorsFile>.Builder files = ImmutableSortedDictionary.CreateBuilder<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach (string shard in index.Shards)
            {
                string file = Path.Combine(folder, shard);
                files.Add(shard, File.Exists(file) ? SafetensorsFile.Open(file, access, limits) : throw Throw.ShardMissing(shard));
            }

            Compare(index, files);
        }
        catch
        {
            DisposeAll(files.Values);
            throw;
        }

        return Create(files.ToImmutable(), Path.GetFileName(path), index.Text);
    }

    /// <summary>Holds index and shards together: every tensor is where the index says, and nowhere else.</summary>
    private static void Compare(ShardIndex index, ImmutableSortedDictionary<string, SafetensorsFile>.Builder files)
    {
        foreach ((string tensor, string shard) in index.Files)
        {
            if (!files[shard].Header.TryGet(tensor, out _))
            {
                throw Throw.IndexMismatch(shard, tensor);
            }
        }

        foreach ((string shard, SafetensorsFile file) in files)
        {
            foreach (SafetensorsEntry entry in file.Header.Tensors)
            {
                if (!index.Files.TryGetValue(entry.Name, out string? listed) || listed != shard)
                {
                    throw Throw.IndexMismatch(shard, entry.Name);
                }
            }
        }
    }

    private static SafetensorsCheckpoint Create(
        ImmutableSortedDictionary<string, SafetensorsFile> files, string? indexName = null, ReadOnlyMemory<byte> indexText = default)
    {
        try
        {
            return new SafetensorsCheckpoint(files, indexName, indexText);
        }
        catch
        {
            DisposeAll(files.Values);
            throw;
        }
    }

    private static void DisposeAll(IEnumerable<SafetensorsFile> files)
    {
        foreach (SafetensorsFile file in files)
        {
            file.Dispose();
        }
    }

    private SafetensorsFile FileOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _byName.TryGetValue(name, out CheckpointTensor? tensor) ? _files[tensor.FileName] : throw Throw.UnknownTensor(name);
    }
}
