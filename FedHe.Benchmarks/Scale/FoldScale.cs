using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Scale;

/// <summary>
/// The fold mode runs a round of one large model as a host with a disk would: each client's update goes to a file and is
/// folded in from there; so does the aggregate. The files hold ciphertexts and are deleted; the model exists nowhere as a
/// whole.
/// </summary>
internal static class FoldScale
{
    private const int SmallBuffer = 1 << 12;

    public static ScaleResult Run(ScaleOptions options)
    {
        using var watch = new MemoryWatch();
        using var parties = ScaleParties.Create(options);
        AggregationTerms terms = parties.TermsOf(options.Params);
        using FileStream file = CreateFile();
        var clock = new PhaseClock();
        long uploadBytes = Aggregate(options, parties, terms, file, clock);
        long foldPeak = MemoryWatch.ResidentPeakInBytes;
        long downloadBytes = file.Length;

        var check = new ErrorCheck(options.Clients, offset: 0);
        double promised = 0;
        file.Position = 0;
        clock.DoDecrypt(
            () =>
            {
                using EncryptedAggregate aggregate = parties.AggregateReaderOf(terms).Read(file);
                promised = parties.CreateDecryptor(terms).Decrypt(aggregate, check).ErrorBounds.Max();
            },
            () => check.Elapsed);
        return ScaleReport.Of(options, "fold", clock, check.LargestError, promised) with
        {
            UploadBytes = uploadBytes,
            DownloadBytes = downloadBytes,
            AggregateInMemory = parties.SumInBytes(terms),
            ManagedPeak = watch.ManagedPeakInBytes,
            FoldPeak = foldPeak,
            ProcessPeak = MemoryWatch.ResidentPeakInBytes,
        };
    }

    /// <summary>Leaves the aggregate in the file and returns the length of an upload.</summary>
    private static long Aggregate(ScaleOptions options, ScaleParties parties, AggregationTerms terms, FileStream file, PhaseClock clock)
    {
        UpdateReader reader = parties.UpdateReaderOf(terms);
        using var aggregator = new UpdateAggregator(parties.Public, terms);
        long uploadBytes = 0;
        for (int client = 0; client < options.Clients; client++)
        {
            var model = new GeneratedModel(terms.Layout, client, offset: 0);
            Empty(file);
            clock.DoEncrypt(
                () => parties.CreateEncryptor(terms).Write(model, GeneratedValues.WeightOf(client), ScaleParties.SlotOf(client), file),
                () => model.Elapsed);
            uploadBytes = file.Length;
            file.Position = 0;
            clock.DoFold(() =>
            {
                using EncryptedModelUpdate update = reader.Read(file);
                aggregator.FoldIn(update);
            });
        }

        Empty(file);
        clock.DoComplete(() =>
        {
            using EncryptedAggregate sum = aggregator.Complete();
            sum.WriteTo(file);
        });
        return uploadBytes;
    }

    private static FileStream CreateFile() => new(
        Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
        FileMode.CreateNew,
        FileAccess.ReadWrite,
        FileShare.None,
        SmallBuffer,
        FileOptions.DeleteOnClose);

    private static void Empty(FileStream file)
    {
        file.Position = 0;
        file.SetLength(0);
    }
}
