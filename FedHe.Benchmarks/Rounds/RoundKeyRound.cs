using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// A round under round keys runs as a federation runs it: clients protect and tag, the server folds and lists, and a client
/// verifies everything before it opens the sum.
/// </summary>
internal sealed class RoundKeyRound : IMeasuredRound
{
    private static readonly Guid JobId = new("5f2e5a86-7b1f-4f0a-9a53-0d9f3f2f9a04");
    private static readonly Digest JobDigest = Digest.Compute("benchmark"u8);

    private readonly RoundParties _parties;
    private readonly ModelParameters[] _models;
    private readonly RoundKeyProtocol _protocol;
    private readonly KeyAdditiveContext _inner;
    private readonly IEncryptor _outer;
    private readonly TagKey _tagKey;
    private readonly UploadProtector _protector;
    private readonly AggregateOpener _opener;
    private readonly UpdateReader _reader;
    private readonly OuterKeyProtector _keys;
    private readonly ArrayBufferWriter<byte>[] _uploads;
    private readonly ArrayBufferWriter<byte> _download = new();
    private readonly KeptAverages _averages;

    public RoundKeyRound(RoundParties parties, ModelParameters[] models, EncryptionMask mask, RoundPrecision precision)
    {
        _parties = parties;
        _models = models;
        _uploads = [.. models.Select(_ => new ArrayBufferWriter<byte>())];
        _averages = new KeptAverages(models[0].Layout.ParameterCount);
        AggregationTerms terms = new(models[0].Layout, mask, Weighting.Clear, maxWeight: 1);
        KeyAdditiveParameters parameters = KeyAdditiveParameters.Plan(
            new KeyAdditiveRequirements(models.Length, precision.Bits)
            {
                Encoding = precision.IsExact ? KeyAdditiveEncoding.ExactIntegers : KeyAdditiveEncoding.FixedPoint,
            });
        _protocol = new RoundKeyProtocol(parameters, parties.Public, terms);
        _inner = new KeyAdditiveContext(parameters, _protocol.Options);
        _outer = parties.CreateEncryptor();
        _tagKey = new TagKey(RandomNumberGenerator.GetBytes(TagKey.SizeInBytes));
        _protector = new UploadProtector(_protocol, _inner, _tagKey, BoundPolicy.Refuse);
        _keys = new OuterKeyProtector(_inner, _protocol.Outer!, _outer);
        var keys = new KeySumVerifier(_protocol, _inner, parties.CreateDecryptor(), _outer.KeyId, _outer.Form);
        _opener = new AggregateOpener(_protocol, _inner, keys, _tagKey, JobId, JobDigest);
        _reader = new UpdateReader(_protocol.Inner, terms);
    }

    public long UploadBytes => _uploads[0].WrittenCount;

    public long DownloadBytes => _download.WrittenCount;

    public ReadOnlySpan<float> Averages => _averages.Values;

    public double PromisedError { get; private set; }

    private static Attempt Attempt => new(JobDigest, Round: 1, Number: 1, ReferenceWeight: 1, Base: default);

    public PhaseTimes RunOnce()
    {
        var encryptMs = new double[_models.Length];
        for (int client = 0; client < _models.Length; client++)
        {
            _parties.AwaitRandomness();
            encryptMs[client] = Timing.Milliseconds(() => Protect(client));
        }

        _parties.AwaitRandomness();
        double checkMs = 0;
        double foldMs = Timing.Milliseconds(() => Aggregate(out checkMs));
        double valuesMs = 0;
        double decryptMs = Timing.Milliseconds(() => valuesMs = Open());
        return new PhaseTimes(encryptMs.Average(), checkMs / _models.Length, foldMs / _models.Length, decryptMs)
        {
            FirstUploadMs = encryptMs[0],
            VerifyMs = decryptMs - valuesMs,
            TagMs = Timing.Milliseconds(TagValues),
            OuterMs = Timing.Milliseconds(ProtectKey),
        };
    }

    public void Dispose() => _tagKey.Dispose();

    private static UploadSlot SlotOf(int client) => new(JobId, round: 1, attempt: 1, new ClientId($"client-{client}"));

    private void Protect(int client)
    {
        _uploads[client].ResetWrittenCount();
        _protector.Protect(Attempt, _models[client], weight: 1, SlotOf(client), _keys, _uploads[client]);
    }

    private void Aggregate(out double checkMs)
    {
        double check = 0;
        var nonces = new NonceWindow();
        using var sum = new AttemptSum(_protocol, Attempt, new OuterKeySums(_protocol.Outer!, _protocol.Parameters.Degree, _outer.KeyId));
        foreach (ArrayBufferWriter<byte> bytes in _uploads)
        {
            ProtectedUpdate upload = ProtectedUpdate.TryRead(bytes.WrittenMemory)!;
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
        _download.ResetWrittenCount();
        using CompletedSum completed = sum.Complete();
        completed.WriteTo(_download);
    }

    /// <summary>Verifies and opens the sum, and returns the milliseconds of the decryption of its values.</summary>
    private double Open()
    {
        double valuesMs = 0;
        VerifiableAggregate sum = VerifiableAggregate.TryRead(_download.WrittenMemory)!;
        IgnoredReason? reason = _opener.TryOpen(
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
        using var hasher = new ContentHasher(_tagKey, Attempt, _protocol.Parameters);
        using EncryptedModelUpdate update = _reader.Read(ProtectedUpdate.TryRead(_uploads[0].WrittenMemory)!.Update);
        for (int i = 0; i < update.SegmentCount; i++)
        {
            update.UseSegment(i, segment => hasher.OfSegment(i, segment, maxDegreeOfParallelism: 1));
        }
    }

    /// <summary>Protects one round key, adds it to itself and decrypts the sum.</summary>
    private void ProtectKey()
    {
        var protection = new RoundKeyProtection(_inner, _protocol.Outer!, _outer.Form);
        using RoundKey key = _inner.GenerateRoundKey(Attempt.PublicSeed);
        using EncryptedVector first = protection.Encrypt(key, _outer);
        using EncryptedVector second = protection.Encrypt(key, _outer);
        using EncryptedVector sum = _protocol.Outer!.Evaluator.Add(first, second);
        using RoundKeySum opened = protection.Decrypt(sum, _parties.CreateDecryptor(), Attempt.PublicSeed, contributors: 2);
    }
}
