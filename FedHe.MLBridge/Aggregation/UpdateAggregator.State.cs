using System.Buffers;
using System.Text;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Serialization;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <content>Saving and resuming.</content>
public sealed partial class UpdateAggregator
{
    /// <summary>
    /// Saves the sum so far; <see cref="Restore(ReadOnlyMemory{byte}, IVectorReader, IAdditiveEvaluator, AggregationTerms)"/>
    /// resumes it. It contains ciphertexts and client names, no key.
    /// </summary>
    /// <exception cref="InvalidOperationException">The sum is complete.</exception>
    /// <exception cref="AggregationBrokenException">An update was folded in only in part.</exception>
    public void SaveState(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ThrowIfComplete();
        using var segments = new SnapshotSegments(Contributions > 0 ? _sums : []);
        AggregateContent? content = Contributions > 0 ? ContentWith(segments) : null;
        int clientsLength = _clients.Sum(client => sizeof(ushort) + Encoding.UTF8.GetByteCount(client));
        var writer = new WireWriter(destination);
        writer.WriteHeader(
            WireKind.AggregatorState,
            _parametersId,
            Digest.SizeInBytes + sizeof(int) + clientsLength + (content?.EncodedLength ?? 0));
        writer.WriteDigest(_terms.Digest);
        writer.WriteInt32(Contributions);
        foreach (string client in _clients)
        {
            writer.WriteString(client);
        }

        content?.WriteHead(destination);
        for (int i = 0; i < segments.Count; i++)
        {
            segments.Write(i, destination);
        }
    }

    /// <inheritdoc cref="SaveState(IBufferWriter{byte})"/>
    /// <param name="destination">The stream; a segment at a time is copied.</param>
    public void SaveState(Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using var buffer = new StreamBuffer(destination);
        SaveState(buffer);
        buffer.Flush();
    }

    /// <summary>Resumes a saved sum: what follows gives the same aggregate as if there had been no interruption.</summary>
    /// <param name="source">Bytes written by <see cref="SaveState(IBufferWriter{byte})"/>.</param>
    /// <param name="vectorReader">Reads the encrypted part.</param>
    /// <param name="evaluator">Adds encrypted vectors, of the same parameters.</param>
    /// <param name="terms">The terms of the saved sum.</param>
    /// <exception cref="HeFormatException">The bytes are not a saved sum under these terms and parameters.</exception>
    /// <exception cref="HeMismatchException">Reader and evaluator belong to different parameters.</exception>
    /// <exception cref="NotSupportedException">Weights travel in clear and the scheme cannot weigh.</exception>
    public static UpdateAggregator Restore(
        ReadOnlyMemory<byte> source, IVectorReader vectorReader, IAdditiveEvaluator evaluator, AggregationTerms terms)
        => Restore(ByteSource.Of(source), vectorReader, evaluator, terms);

    /// <inheritdoc cref="Restore(ReadOnlyMemory{byte}, IVectorReader, IAdditiveEvaluator, AggregationTerms)"/>
    /// <param name="source">A readable and seekable stream, from its position to its end.</param>
    /// <param name="vectorReader">Reads the encrypted part.</param>
    /// <param name="evaluator">Adds encrypted vectors, of the same parameters.</param>
    /// <param name="terms">The terms of the saved sum.</param>
    /// <exception cref="ArgumentException">The stream cannot seek or read.</exception>
    /// <exception cref="IOException">Reading the stream failed.</exception>
    public static UpdateAggregator Restore(
        Stream source, IVectorReader vectorReader, IAdditiveEvaluator evaluator, AggregationTerms terms)
        => Restore(ByteSource.Of(source), vectorReader, evaluator, terms);

    private static UpdateAggregator Restore(
        ByteSource source, IVectorReader vectorReader, IAdditiveEvaluator evaluator, AggregationTerms terms)
    {
        ArgumentNullException.ThrowIfNull(vectorReader);
        ArgumentNullException.ThrowIfNull(evaluator);
        if (vectorReader.Parameters.Id != evaluator.Parameters.Id)
        {
            throw Throw.ReaderOfOtherParameters();
        }

        var aggregator = new UpdateAggregator(evaluator, terms);
        try
        {
            FormatError reason = aggregator.ReadState(source, vectorReader);
            return reason == FormatError.None ? aggregator : throw new HeFormatException(reason, "aggregator state");
        }
        catch
        {
            aggregator.Dispose();
            throw;
        }
    }

    private FormatError ReadState(ByteSource source, IVectorReader vectorReader)
    {
        FormatError reason = ReadClients(source, out long position);
        if (reason != FormatError.None)
        {
            return reason;
        }

        if (Contributions == 0)
        {
            return position == source.Length ? FormatError.None : FormatError.TrailingBytes;
        }

        AggregateContent? content = AggregateContent.TryRead(source, position, _terms, ReaderOf, out reason);
        if (content is null || content.Contributions != Contributions)
        {
            return content is null ? reason : FormatError.Inconsistent;
        }

        for (int i = 0; i < _sums.Length; i++)
        {
            using SegmentLease lease = content.Segments.Open(i);
            _sums[i].Add(lease.Vector);
        }

        content.ClearSums.ForEachBlock(_clearSums, static (first, integers, sums) => integers.CopyTo(sums.Integers[first..]));
        (_jobId, _round, _totalWeight) = (content.JobId, content.Round, content.TotalWeight);
        return FormatError.None;

        SegmentReader ReaderOf(int contributions, long factor) => new(
            vectorReader,
            _plan,
            WireLimits.Default.MaxBytes,
            oneBound: true,
            vector => vector.Bound.MaxAbs.Equals((double)factor) ? FormatError.None : FormatError.Inconsistent);
    }

    private FormatError ReadClients(ByteSource source, out long position)
    {
        const int HeadLength = WireHeader.SizeInBytes + Digest.SizeInBytes + sizeof(int);
        position = HeadLength;
        using ByteLease head = source.Read(0, (int)Math.Min(source.Length, HeadLength));
        var reader = new WireReader(head.Span);
        reader.ReadHeader(WireKind.AggregatorState, _parametersId, maxBytes: long.MaxValue, source.Length);
        reader.Require(reader.ReadDigest() == _terms.Digest, FormatError.WrongTerms);
        int count = reader.ReadInt32(0, int.MaxValue);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            int available = (int)Math.Min(source.Length - position, sizeof(ushort) + UpdateBinding.MaxClientIdBytes);
            using ByteLease next = source.Read(position, available);
            var client = new WireReader(next.Span);
            reader.Require(_clients.Add(UpdateBinding.ReadClientId(ref client)) || client.Failed, FormatError.Inconsistent);
            reader.Require(!client.Failed, client.Error);
            position += available - client.Remaining;
        }

        return reader.Error;
    }
}
