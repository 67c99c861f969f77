using FedHe.Crypto;

namespace FedHe.MLBridge;

/// <summary>Bytes on the wire and in memory, before anything exists.</summary>
internal readonly record struct PlannedSizes(long Upload, long Download, long ServerMemory, long ClientMemory)
{
    public static PlannedSizes Of(HeContext context, AggregationTerms terms, int clients, long totalWeight, VectorForm uploadForm)
    {
        int length = terms.VectorLength;
        int clear = terms.Mask.ClearCount;
        bool any = length > 0;
        string scheme = any ? context.Parameters.SchemeName : EncryptionReceipt.NoScheme;
        long factor = terms.Weighting == Weighting.Hidden ? clients : totalWeight;
        long uploadVector = any ? VectorLength(context, terms.Precision?.UploadDeviation, length, uploadForm, seeds: 1) : 0;
        VectorForm sumForm = context.SumForm(uploadForm, clients);
        long downloadVector = any
            ? VectorLength(context, terms.Precision?.DownloadDeviation(factor), length, sumForm, clients)
            : 0;
        long upload = EncryptedModelUpdate.EncodedLengthOf(scheme, UpdateBinding.MaxClientIdBytes, clear, uploadVector);
        long download = EncryptedAggregate.EncodedLengthOf(clear, downloadVector);
        if (Math.Max(upload, download) > WireLimits.Default.MaxBytes)
        {
            throw Throw.TooManyValues();
        }

        long uploadMemory = (any ? context.MemoryInBytes(length, uploadForm) : 0) + (sizeof(int) * (long)clear);
        long sumMemory = (any ? context.MemoryInBytes(length, sumForm) : 0) + (sizeof(long) * (long)clear);
        long flat = sizeof(double) * (long)terms.Layout.ParameterCount;
        long parts = sizeof(double) * ((long)length + clear);
        return new PlannedSizes(
            upload,
            download,
            sumMemory + uploadMemory + upload,
            flat + parts + Math.Max(uploadMemory + upload, sumMemory + download));
    }

    private static long VectorLength(HeContext context, double? deviation, int length, VectorForm form, int seeds)
        => deviation is double added && context.Evaluator is IVectorCompressor compressor
            ? compressor.EncodedLength(length, form, added, seeds)
            : context.EncodedLength(length, form, seeds);
}
