using System.Buffers;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// A whole round runs as hosts run it, from models to bytes and back to a model, with the values of a mask encrypted and the
/// others in clear.
/// </summary>
internal sealed class WholeRound : IMeasuredRound
{
    private static readonly Guid JobId = new("5f2e5a86-7b1f-4f0a-9a53-0d9f3f2f9a03");

    private readonly RoundParties _parties;
    private readonly AggregationTerms _terms;
    private readonly UpdateEncryptor _encryptor;
    private readonly UpdateReader _updateReader;
    private readonly AggregateReader _aggregateReader;
    private readonly AggregateDecryptor _decryptor;
    private readonly ModelParameters[] _models;

    // The buffers are kept from run to run, as a host keeps its buffers.
    private readonly ArrayBufferWriter<byte>[] _uploads;
    private readonly ArrayBufferWriter<byte> _download = new();
    private readonly KeptAverages _averages;

    /// <summary>Prepares a round of given models under a mask.</summary>
    /// <param name="parties">The clients and the server, which the caller still owns.</param>
    /// <param name="models">The clients' models, of one layout.</param>
    /// <param name="mask">The values that are encrypted.</param>
    public WholeRound(RoundParties parties, ModelParameters[] models, EncryptionMask mask)
    {
        _parties = parties;
        _models = models;
        _terms = parties.TermsOf(models[0].Layout, mask);
        _encryptor = parties.EncryptorOf(_terms);
        _updateReader = parties.UpdateReaderOf(_terms);
        _aggregateReader = parties.AggregateReaderOf(_terms);
        _decryptor = parties.DecryptorOf(_terms);
        _averages = new KeptAverages(models[0].Layout.ToArrayLength());
        _uploads = [.. models.Select(_ => new ArrayBufferWriter<byte>())];
    }

    /// <summary>The length of one upload in bytes.</summary>
    public long UploadBytes => _uploads[0].WrittenCount;

    /// <summary>The length of the aggregate in bytes.</summary>
    public long DownloadBytes => _download.WrittenCount;

    /// <summary>The averaged model of the last run.</summary>
    public ReadOnlySpan<float> Averages => _averages.Values;

    /// <summary>The error that the last aggregate promised, before the averages were known.</summary>
    public double PromisedError { get; private set; }

    public PhaseTimes RunOnce()
    {
        var encryptMs = new double[_models.Length];
        for (int client = 0; client < _models.Length; client++)
        {
            _parties.AwaitRandomness();
            encryptMs[client] = Timing.Milliseconds(() => Encrypt(client));
        }

        _parties.AwaitRandomness();
        double checkMs = 0;
        double foldMs = Timing.Milliseconds(() => Aggregate(out checkMs));
        double decryptMs = Timing.Milliseconds(Decrypt);
        return new PhaseTimes(encryptMs.Average(), checkMs / _models.Length, foldMs / _models.Length, decryptMs) { FirstUploadMs = encryptMs[0] };
    }

    public void Dispose()
    {
        // Parties and models belong to the caller.
    }

    private void Encrypt(int client)
    {
        _uploads[client].ResetWrittenCount();
        var slot = new UploadSlot(JobId, round: 1, attempt: 1, new ClientId($"client-{client}"));
        _encryptor.Write(_models[client], weight: 1, slot, _uploads[client]);
    }

    private void Aggregate(out double checkMs)
    {
        double check = 0;
        using UpdateAggregator aggregator = _parties.AggregatorOf(_terms);
        foreach (ArrayBufferWriter<byte> upload in _uploads)
        {
            EncryptedModelUpdate? update = null;
            check += Timing.Milliseconds(() => update = _updateReader.Read(upload.WrittenMemory));
            using (update)
            {
                aggregator.FoldIn(update!);
            }
        }

        checkMs = check;

        _download.ResetWrittenCount();
        using EncryptedAggregate sum = aggregator.Complete();
        sum.WriteTo(_download);
    }

    private void Decrypt()
    {
        using EncryptedAggregate received = _aggregateReader.Read(_download.WrittenMemory);
        PromisedError = _decryptor.Decrypt(received, _averages).ErrorBounds.Max();
    }
}
