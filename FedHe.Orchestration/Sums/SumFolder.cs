using System.Globalization;
using FedHe.Crypto;
using FedHe.Crypto.Random;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.SumFiles;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Files;

namespace FedHe.Orchestration.Sums;

/// <summary>
/// A sum folder is where the sums of a server are: in files of a folder, or in memory. Every sum has a file with a random name, so that a state never refers to the file of
/// another life of the server.
/// </summary>
/// <remarks>
/// A file goes when the state does not refer to it and that state is on the disk. The folder learns of the latter by the next step, which a host takes only then.
/// </remarks>
internal sealed class SumFolder : IDisposable
{
    private const string Extension = ".sum";
    private const string DamagedExtension = ".damaged";

    private readonly string? _path;
    private readonly FileStream? _lock;
    private readonly Dictionary<Guid, StoredSum> _stored = [];
    private readonly HashSet<Guid> _own = [];
    private readonly List<Guid> _begun = [];
    private HashSet<Guid> _doomed = [];

    /// <summary>Opens a folder for this server alone.</summary>
    /// <param name="path">The path, or null for sums in memory.</param>
    /// <param name="jobId">The job, whose folder it is from now on.</param>
    /// <exception cref="SumFileException">The folder is missing, cannot be written, is another job's, or another server uses it.</exception>
    public SumFolder(string? path, Guid jobId = default)
    {
        if (path is null)
        {
            return;
        }

        _path = Path.GetFullPath(path);
        IsNew = !File.Exists(LockPath);
        _lock = FolderLock.Open(_path, jobId, Refuse);
    }

    /// <summary>Whether a state is only looked at: the files that it names are not opened, and may be another process's.</summary>
    public bool IsLookedAt { get; init; }

    /// <summary>Whether sums are in files.</summary>
    public bool HasFiles => _path is not null;

    /// <summary>
    /// Whether files go that an earlier life left and the state does not name. They stay where the state may be an old one, because a newer state may name them.
    /// </summary>
    public bool DeletesLeftovers { get; set; }

    /// <summary>Whether no server had the folder before: where a state names files in it, it is the wrong one, or its disk is not mounted.</summary>
    public bool IsNew { get; }

    /// <summary>Whether a state is being read. Where that fails, the folder is left as it was found.</summary>
    public bool IsRestoring { get; set; }

    private string LockPath => FolderLock.In(_path!);

    /// <summary>Begins an empty sum.</summary>
    /// <param name="context">The public context of the sum.</param>
    /// <param name="terms">The terms of the sum.</param>
    /// <param name="referenceWeight">The reference weight, or null.</param>
    public RoundSum Begin(HePublicContext context, AggregationTerms terms, long? referenceWeight)
    {
        Guid? file = NewFile();
        return new RoundSum(this, new UpdateAggregator(context, terms, PlaceOf(file), referenceWeight), file);
    }

    /// <summary>Begins with a saved sum.</summary>
    public RoundSum Restore(ReadOnlyMemory<byte> state, HePublicContext context, AggregationTerms terms, long? referenceWeight)
    {
        Guid? file = NewFile();
        return new RoundSum(this, UpdateAggregator.Restore(state, context, terms, PlaceOf(file), referenceWeight), file);
    }

    /// <summary>Goes on with the sum in a file.</summary>
    /// <exception cref="SumFileException">The file is missing, in use, damaged or another sum's, or cannot be read.</exception>
    public RoundSum Open(Guid file, HePublicContext context, AggregationTerms terms, long? referenceWeight)
    {
        var sum = new RoundSum(this, UpdateAggregator.Open(PlaceOf(file)!, context, terms, referenceWeight), file);
        _own.Add(file);
        return sum;
    }

    /// <summary>Opens the completed sum in a file, once however often it is named.</summary>
    /// <exception cref="SumFileException">The file is missing, in use, damaged or another sum's, or cannot be read.</exception>
    /// <exception cref="InvalidOperationException">The sum in the file was not completed.</exception>
    public StoredSum OpenStored(Guid file, HePublicContext context, AggregationTerms terms, long? referenceWeight)
    {
        if (_stored.TryGetValue(file, out StoredSum? known))
        {
            return known;
        }

        UpdateAggregator aggregator = UpdateAggregator.Open(PlaceOf(file)!, context, terms, referenceWeight);
        try
        {
            return aggregator.IsComplete ? Keep(file, aggregator.Complete()) : throw new SumFileException(SumFileError.OtherSum);
        }
        finally
        {
            aggregator.Dispose();
        }
    }

    /// <summary>Takes over a completed sum.</summary>
    public StoredSum Keep(Guid file, EncryptedAggregate aggregate)
    {
        var stored = new StoredSum(file, aggregate);
        _stored.Add(file, stored);
        _own.Add(file);
        return stored;
    }

    /// <summary>Gives the file of a sum that is damaged, and that nobody else has open, another name, so that nobody goes on with it.</summary>
    public void PutAside(Guid file)
    {
        if (_stored.Remove(file, out StoredSum? stored))
        {
            stored.Dispose();
        }

        Try(() => File.Move(PathOf(file), DamagedPathOf(file)));
    }

    /// <summary>Whether a damaged file was put aside, in this life or in an earlier one.</summary>
    public bool HasPutAside(Guid file) => File.Exists(DamagedPathOf(file));

    /// <summary>Deletes the files that the state did not name in the step before either. To be called when a step has changed the state.</summary>
    /// <param name="named">The files that the state names.</param>
    public void KeepOnly(IEnumerable<Guid> named)
    {
        if (_path is null)
        {
            return;
        }

        if (DeletesLeftovers)
        {
            // What comes later is this life's.
            DeletesLeftovers = !Try(() => _own.UnionWith(Files()));
        }

        HashSet<Guid> unnamed = [.. _own];
        unnamed.ExceptWith(named);
        foreach (Guid file in unnamed.Where(_doomed.Contains))
        {
            if (_stored.Remove(file, out StoredSum? stored))
            {
                stored.Dispose();
            }

            if (Try(() => File.Delete(PathOf(file))))
            {
                _own.Remove(file);
            }
        }

        _doomed = unnamed;
    }

    public void Dispose()
    {
        foreach (StoredSum stored in _stored.Values)
        {
            stored.Dispose();
        }

        _stored.Clear();
        if (IsRestoring)
        {
            _begun.ForEach(file => Try(() => File.Delete(PathOf(file))));
        }

        _lock?.Dispose();
        if (IsRestoring && IsNew && _path is not null)
        {
            Try(() => File.Delete(LockPath));
        }

        IsRestoring = false;
    }

    private static SumFileException Refuse(FolderFault fault, Exception? cause) => new(
        fault switch
        {
            FolderFault.OtherOwner => SumFileError.AlreadyExists,
            FolderFault.NotFound => SumFileError.NotFound,
            FolderFault.InUse => SumFileError.InUse,
            _ => SumFileError.Inaccessible,
        },
        cause);

    private Guid? NewFile()
    {
        if (_path is null)
        {
            return null;
        }

        Span<byte> name = stackalloc byte[16];
        HedgedRandom.FillPublic(name);
        var file = new Guid(name);
        _own.Add(file);
        if (IsRestoring)
        {
            _begun.Add(file);
        }

        return file;
    }

    private SumFile? PlaceOf(Guid? file) => file is Guid name ? new SumFile(PathOf(name)) : null;

    private string DamagedPathOf(Guid file) => Path.ChangeExtension(PathOf(file), DamagedExtension);

    private string PathOf(Guid file) => Path.Combine(_path!, string.Create(CultureInfo.InvariantCulture, $"{file:N}{Extension}"));

    private IEnumerable<Guid> Files() => Directory.EnumerateFiles(_path!, $"*{Extension}")
        .Select(path => Guid.TryParseExact(Path.GetFileNameWithoutExtension(path), "N", out Guid file) ? file : Guid.Empty)
        .Where(file => file != Guid.Empty);

    private static bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It is tried again with the next step, or by the next life.
            return false;
        }
    }
}
