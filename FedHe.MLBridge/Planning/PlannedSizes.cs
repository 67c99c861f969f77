using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Planning;

/// <summary>The sizes in bytes of messages and memory, computed before anything exists.</summary>
internal readonly record struct PlannedSizes(long Upload, long Download, long ServerMemory, long ClientMemory)
{
    // A segment as doubles, and the copies around it.
    private const int ScratchBuffers = 2;

    public static PlannedSizes Of(HePublicContext context, AggregationTerms terms, int clients, long totalWeight, VectorForm uploadForm)
    {
        var plan = SegmentPlan.Of(terms.VectorLength, context.Parameters);
        long clear = terms.Mask.ClearCount;
        string scheme = EncryptionReceipt.SchemeNameOf(terms, context.Parameters);
        WeightRule rule = WeightRules.Of(terms, context);
        long factor = rule == WeightRule.ServerMultiplies ? totalWeight : clients;
        VectorForm sumForm = context.SumForm(uploadForm, clients);
        long uploadSegments = plan.EncodedLength(context, uploadForm, terms.Precision?.UploadDeviation);
        long downloadSegments = plan.EncodedLength(context, sumForm, terms.Precision?.DownloadDeviation(factor), clients);
        long upload = UpdateHead.EncodedLengthOf(scheme, ClientId.MaxLength, clear, uploadSegments);
        long download = EncryptedAggregate.EncodedLengthOf(rule, clear, downloadSegments);

        int segmentLength = plan.Count > 0 ? plan.LengthOf(0) : 0;
        long freshSegment = segmentLength > 0 ? context.MemoryInBytes(segmentLength, uploadForm) : 0;
        long sumSegment = segmentLength > 0 ? context.MemoryInBytes(segmentLength, sumForm) : 0;
        long sum = plan.MemoryInBytes(context, sumForm) + (sizeof(long) * clear);
        long scratch = ScratchBuffers * sizeof(double) * (long)Math.Max(segmentLength, ClearIntegers.BlockLength);
        return new PlannedSizes(
            upload,
            download,
            sum + freshSegment + upload,
            scratch + Math.Max(freshSegment + upload, sumSegment + download));
    }
}
