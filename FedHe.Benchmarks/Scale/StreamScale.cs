using System.Buffers;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Scale;

/// <summary>
/// The stream mode runs a round of a model of any size, one segment after the other: all clients encrypt the segment,
/// which is folded, completed, decrypted and compared, and leaves nothing behind when the next segment begins.
/// </summary>
internal sealed class StreamScale : IDisposable
{
    private readonly ScaleOptions _options;
    private readonly ScaleParties _parties;
    private readonly PhaseClock _clock = new();
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private long _uploadBytes;
    private long _downloadBytes;
    private double _largestError;
    private double _promised;

    private StreamScale(ScaleOptions options)
    {
        _options = options;
        _parties = ScaleParties.Create(options);
    }

    public static ScaleResult Run(ScaleOptions options)
    {
        using var watch = new MemoryWatch();
        using var scale = new StreamScale(options);
        return scale.Run(watch);
    }

    public void Dispose() => _parties.Dispose();

    private ScaleResult Run(MemoryWatch watch)
    {
        // With the hidden weight before them, these values are exactly one segment.
        int sliceLength = (64 * _parties.Public.Parameters.ValuesPerCiphertext) - 1;
        var whole = new Slice(_parties, _parties.TermsOf(Math.Min(sliceLength, _options.Params)));
        long offset = 0;
        while (_options.Params - offset >= sliceLength)
        {
            Run(whole, offset);
            offset += sliceLength;
        }

        if (offset < _options.Params)
        {
            Run(new Slice(_parties, _parties.TermsOf(_options.Params - offset)), offset);
        }

        long peak = MemoryWatch.ResidentPeakInBytes;
        return ScaleReport.Of(_options, "stream", _clock, _largestError, _promised) with
        {
            UploadBytes = _uploadBytes / _options.Clients,
            DownloadBytes = _downloadBytes,
            AggregateInMemory = _parties.SumInBytes(whole.Terms),
            ManagedPeak = watch.ManagedPeakInBytes,
            FoldPeak = peak,
            ProcessPeak = peak,
        };
    }

    private void Run(Slice slice, long offset)
    {
        using var aggregator = new UpdateAggregator(_parties.Public, slice.Terms);
        for (int client = 0; client < _options.Clients; client++)
        {
            var model = new GeneratedModel(slice.Terms.Layout, client, offset);
            _buffer.ResetWrittenCount();
            _clock.DoEncrypt(
                () => _parties.CreateEncryptor(slice.Terms).Write(model, GeneratedValues.WeightOf(client), ScaleParties.SlotOf(client), _buffer),
                () => model.Elapsed);
            _uploadBytes += _buffer.WrittenCount;
            _clock.DoFold(() =>
            {
                using EncryptedModelUpdate update = slice.UpdateReader.Read(_buffer.WrittenMemory);
                aggregator.FoldIn(update);
            });
        }

        _buffer.ResetWrittenCount();
        _clock.DoComplete(() =>
        {
            using EncryptedAggregate sum = aggregator.Complete();
            sum.WriteTo(_buffer);
        });
        _downloadBytes += _buffer.WrittenCount;

        var check = new ErrorCheck(_options.Clients, offset);
        _clock.DoDecrypt(
            () =>
            {
                using EncryptedAggregate aggregate = slice.AggregateReader.Read(_buffer.WrittenMemory);
                _promised = Math.Max(_promised, _parties.CreateDecryptor(slice.Terms).Decrypt(aggregate, check).ErrorBounds.Max());
            },
            () => check.Elapsed);
        _largestError = Math.Max(_largestError, check.LargestError);
    }

    /// <summary>A slice holds the roles that all segments of one length share.</summary>
    private sealed class Slice(ScaleParties parties, AggregationTerms terms)
    {
        public AggregationTerms Terms => terms;

        public UpdateReader UpdateReader { get; } = parties.UpdateReaderOf(terms);

        public AggregateReader AggregateReader { get; } = parties.AggregateReaderOf(terms);
    }
}
