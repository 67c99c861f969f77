using System.Globalization;
using FedHe.Benchmarks.Rounds;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.SumFiles;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Scale;

/// <summary>
/// A scale server is the process that folds one update from a file into the sum in another file, or completes the sum. It goes on where an earlier one ended, and prints
/// what it read and what memory it took.
/// </summary>
internal static class ScaleServer
{
    /// <summary>The first argument of a process that is a server; behind it come the options of the round, the folder and the client.</summary>
    public const string Argument = "--scale-server";

    /// <summary>What stands before the number of bytes that were read.</summary>
    public const string Read = "read ";

    /// <summary>What stands before the largest resident set.</summary>
    public const string Peak = "peak ";

    /// <summary>What a server prints that goes on with an update.</summary>
    public const string Resumed = "resumed";

    /// <summary>What a server prints that waits for its end in the middle of an update.</summary>
    public const string Waits = "waits";

    // In the place of a client's number.
    private const string Complete = "complete";

    public static string UpdateIn(string folder, int client) => Path.Combine(folder, $"update-{client}");

    public static string AggregateIn(string folder) => Path.Combine(folder, "aggregate");

    public static string SumIn(string folder) => Path.Combine(folder, "sum");

    /// <summary>Returns the arguments of a server that folds in the update of a client, or completes the sum.</summary>
    /// <param name="options">The options of the round.</param>
    /// <param name="folder">The folder of the files.</param>
    /// <param name="client">The client, or null to complete the sum.</param>
    /// <param name="waitAt">The number of bytes of the update, read twice, behind which the server waits to be killed.</param>
    public static string[] ArgumentsOf(ScaleOptions options, string folder, int? client, long waitAt) =>
    [
        Argument, RoundModes.NameOf(options.Mode), Text(options.Params), Text(options.Clients), Text(options.Threads), Text(options.Precision), folder, client is int number ? Text(number) : Complete, Text(waitAt),
    ];

    public static int Run(string[] arguments)
    {
        var options = new ScaleOptions(
            RoundModes.Of(arguments[0]), NumberOf(arguments[1]), (int)NumberOf(arguments[2]), (int)NumberOf(arguments[3]), (int)NumberOf(arguments[4]));
        string folder = arguments[5];
        using var parties = ScaleParties.Create(options);
        AggregationTerms terms = parties.TermsOf(options.Params, ElementType.BFloat16);
        if (arguments[6] == Complete)
        {
            CompleteSum(parties, terms, folder);
        }
        else
        {
            FoldIn(parties, terms, folder, (int)NumberOf(arguments[6]), NumberOf(arguments[7]));
        }

        Console.WriteLine(Peak + Text(MemoryWatch.ResidentPeakInBytes));
        return 0;
    }

    private static void FoldIn(ScaleParties parties, AggregationTerms terms, string folder, int client, long waitAt)
    {
        var place = new SumFile(SumIn(folder));
        using UpdateAggregator aggregator = File.Exists(place.Path)
            ? UpdateAggregator.Open(place, parties.Public, terms)
            : new UpdateAggregator(parties.Public, terms, place);
        if (aggregator.Pending is not null)
        {
            Console.WriteLine(Resumed);
        }

        if (aggregator.Slots.Contains(ScaleParties.SlotOf(client)))
        {
            return;
        }

        using var file = new CountedFile(UpdateIn(folder, client), read => Report(read, waitAt));
        using EncryptedModelUpdate update = parties.UpdateReaderOf(terms).Read(file);
        aggregator.FoldIn(update);
    }

    private static void Report(long read, long waitAt)
    {
        Console.WriteLine(Read + Text(read));
        if (read >= waitAt)
        {
            Console.WriteLine(Waits);
            Thread.Sleep(Timeout.Infinite);
        }
    }

    private static void CompleteSum(ScaleParties parties, AggregationTerms terms, string folder)
    {
        using UpdateAggregator aggregator = UpdateAggregator.Open(new SumFile(SumIn(folder)), parties.Public, terms);
        using EncryptedAggregate aggregate = aggregator.Complete();
        using var file = new FileStream(AggregateIn(folder), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        aggregate.WriteTo(file);
        file.Flush(flushToDisk: true);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long NumberOf(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
