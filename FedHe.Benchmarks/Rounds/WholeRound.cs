using System.Buffers;
using System.Diagnostics;
using System.Numerics.Tensors;
using FedHe.Crypto;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// A round as hosts run it, from models to bytes and back to models: values of the mask encrypted, the others in clear,
/// all clients of weight 1.
/// </summary>
internal sealed class WholeRound : IDisposable
{
    private static readonly Guid JobId = new("5f2e5a86-7b1f-4f0a-9a53-0d9f3f2f9a03");

    private readonly HeContext _context;
    private readonly AggregationTerms _terms;
    private readonly UpdateEncryptor _encryptor;
    private readonly UpdateReader _updateReader;
    private readonly AggregateReader _aggregateReader;
    private readonly AggregateDecryptor _decryptor;
    private readonly ModelParameters[] _models;

    // Kept from run to run, as a host keeps its buffers.
    private readonly ArrayBufferWriter<byte>[] _uploads;
    private readonly ArrayBufferWriter<byte> _download = new();
    private readonly KeptAverages _averages;

    /// <summary>Prepares a round.</summary>
    /// <param name="context">Scheme and parameters; it stays the caller's.</param>
    /// <param name="keys">The job's keys.</param>
    /// <param name="publicKey">Whether clients encrypt with the public key.</param>
    /// <param name="models">The clients' models, of one layout.</param>
    /// <param name="mask">What of them is encrypted.</param>
    /// <param name="precision">What may be left out, or null for nothing.</param>
    public WholeRound(
        HeContext context, KeyPair keys, bool publicKey, ModelParameters[] models, EncryptionMask mask, TransferPrecision? precision)
    {
        _context = context;
        _models = models;
        _terms = new AggregationTerms(models[0].Layout, mask, Weighting.Clear, maxWeight: 1, precision);
        _encryptor = new UpdateEncryptor(
            context.CreateEncryptor(publicKey ? keys.PublicKey : keys.SecretKey), context.Public, _terms);
        _updateReader = new UpdateReader(context.Public, _terms);
        _aggregateReader = new AggregateReader(context.Public, _terms);
        _decryptor = new AggregateDecryptor(context.CreateDecryptor(keys.SecretKey), _terms);
        _averages = new KeptAverages(models[0].Layout.ParameterCount);
        _uploads = [.. models.Select(_ => new ArrayBufferWriter<byte>())];
    }

    public long UploadBytes => _uploads[0].WrittenCount;

    public long DownloadBytes => _download.WrittenCount;

    public void Dispose() => Array.ForEach(_uploads, upload => upload.Clear());

    public PhaseTimes RunOnce()
    {
        long start = Stopwatch.GetTimestamp();
        for (int client = 0; client < _models.Length; client++)
        {
            _uploads[client].ResetWrittenCount();
            _encryptor.Write(_models[client], weight: 1, new UploadSlot(JobId, round: 1, attempt: 1, new ClientId($"client-{client}")), _uploads[client]);
        }

        double encryptMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds / _models.Length;
        start = Stopwatch.GetTimestamp();
        Aggregate();
        double foldMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds / _models.Length;
        start = Stopwatch.GetTimestamp();
        using EncryptedAggregate received = _aggregateReader.Read(_download.WrittenMemory);
        _decryptor.Decrypt(received, _averages);
        return new PhaseTimes(encryptMs, foldMs, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    private void Aggregate()
    {
        using var aggregator = new UpdateAggregator(_context.Public, _terms);
        foreach (ArrayBufferWriter<byte> upload in _uploads)
        {
            using EncryptedModelUpdate update = _updateReader.Read(upload.WrittenMemory);
            aggregator.FoldIn(update);
        }

        _download.ResetWrittenCount();
        using EncryptedAggregate sum = aggregator.Complete();
        sum.WriteTo(_download);
    }

    private sealed class KeptAverages(int length) : IFlatModelWriter
    {
        private readonly float[] _values = new float[length];

        public void Write(int start, ReadOnlySpan<double> averages)
            => TensorPrimitives.ConvertTruncating(averages, _values.AsSpan(start, averages.Length));
    }
}
