using System.Buffers;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Sums;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// A round under round keys runs as a federation runs it: clients protect and tag, the server folds and lists, and a client
/// verifies everything before it opens the sum.
/// </summary>
internal sealed class RoundKeyRound : IMeasuredRound
{
    private readonly RoundParties _parties;
    private readonly IRoundKeyParties _keys;
    private readonly ModelParameters[] _models;
    private readonly UploadProtector _protector;
    private readonly UpdateReader _reader;
    private readonly ArrayBufferWriter<byte>?[] _uploads;
    private readonly KeptAverages _averages;
    private byte[] _download = [];
    private Attempt? _attempt;

    /// <summary>Prepares the round.</summary>
    /// <param name="parties">The parties of the scheme.</param>
    /// <param name="keys">Protects and opens round keys; the round owns it.</param>
    /// <param name="models">The clients' models.</param>
    /// <param name="terms">The terms of the round.</param>
    public RoundKeyRound(RoundParties parties, IRoundKeyParties keys, ModelParameters[] models, AggregationTerms terms)
    {
        _parties = parties;
        _keys = keys;
        _models = models;
        _uploads = new ArrayBufferWriter<byte>?[models.Length];
        _averages = new KeptAverages(models[0].Layout.ToArrayLength());
        _protector = new UploadProtector(keys.Protocol, keys.Inner, keys.TagKey, BoundPolicy.Refuse);
        _reader = new UpdateReader(keys.Protocol.Inner, terms);
    }

    public long UploadBytes => _uploads[0]!.WrittenCount;

    public long DownloadBytes => _download.Length;

    public ReadOnlySpan<float> Averages => _averages.Values;

    public double PromisedError { get; private set; }

    public PhaseTimes RunOnce()
    {
        _attempt = _keys.Begin();
        var encryptMs = new double[_models.Length];
        for (int client = 0; client < _models.Length; client++)
        {
            _parties.AwaitRandomness();
            encryptMs[client] = Timing.Milliseconds(() => Protect(client));
        }

        _parties.AwaitRandomness();
        double checkMs = 0;
        double memberMs = 0;
        double foldMs = Timing.Milliseconds(() => Aggregate(out checkMs, out memberMs));
        int members = memberMs > 0 ? _keys.Protocol.Sharing!.Members : 0;
        double valuesMs = 0;
        double decryptMs = Timing.Milliseconds(() => valuesMs = Open());
        return new PhaseTimes(encryptMs.Average(), checkMs / _models.Length, (foldMs - (members * memberMs)) / _models.Length, decryptMs)
        {
            FirstUploadMs = encryptMs[0],
            VerifyMs = decryptMs - valuesMs,
            TagMs = Timing.Milliseconds(TagValues),
            OuterMs = _keys.ProtectMs(),
            MemberMs = memberMs,
        };
    }

    public void Dispose() => _keys.Dispose();

    private void Protect(int client)
    {
        UploadSlot slot = _keys.SlotOf(client);
        IKeyProtector keys = _keys.ProtectorOf(client);

        // A client makes room for exactly its upload.
        ArrayBufferWriter<byte> upload = _uploads[client] ??= new((int)_protector.LengthOf(slot, keys));
        upload.ResetWrittenCount();
        _protector.Protect(_attempt!, _models[client], weight: 1, slot, keys, upload);
    }

    private void Aggregate(out double checkMs, out double memberMs)
    {
        double check = 0;
        var nonces = new NonceWindow();
        using var sum = new AttemptSum(_keys.Protocol, _attempt!, _keys.CreateSums(), new SumFolder(path: null));
        foreach (ArrayBufferWriter<byte>? bytes in _uploads)
        {
            ProtectedUpdate upload = ProtectedUpdate.TryRead(bytes!.WrittenMemory)!;
            EncryptedModelUpdate? update = null;
            check += Timing.Milliseconds(() => update = _reader.Read(upload.Update));
            using (update)
            {
                if (sum.Add(upload, update!, default, nonces) != RefusalReason.None)
                {
                    throw new InvalidOperationException("The server refused an honest upload.");
                }
            }
        }

        checkMs = check;
        _download = _keys.Complete(sum, out memberMs);
    }

    /// <summary>Verifies and opens the sum, and returns the milliseconds of the decryption of its values.</summary>
    private double Open()
    {
        double valuesMs = 0;
        VerifiableAggregate sum = VerifiableAggregate.TryRead(_download)!;
        IgnoredReason? reason = _keys.Opener.TryOpen(
            sum,
            (decryptor, aggregate) => valuesMs = Timing.Milliseconds(
                () => PromisedError = decryptor.Decrypt(aggregate, _averages).ErrorBounds.Max()));
        if (reason is not null)
        {
            throw new InvalidOperationException($"A client refused an honest sum: {reason}.");
        }

        return valuesMs;
    }

    /// <summary>Computes the hashes of all segments of one upload, as a client does for its tags and for a sum.</summary>
    private void TagValues()
    {
        using var hasher = new ContentHasher(_keys.TagKey, _attempt!, _keys.Protocol.Parameters);
        using EncryptedModelUpdate update = _reader.Read(ProtectedUpdate.TryRead(_uploads[0]!.WrittenMemory)!.Update);
        for (int i = 0; i < update.SegmentCount; i++)
        {
            update.UseSegment(i, segment => hasher.OfSegment(i, segment, maxDegreeOfParallelism: 1));
        }
    }
}
