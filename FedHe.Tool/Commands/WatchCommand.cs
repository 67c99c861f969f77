using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FedHe.Hosting.Errors;
using FedHe.Tool.Choices;
using FedHe.Tool.Output;
using FedHe.Tool.Watching;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe watch</c>: follows a job as it goes on, as tables on a terminal and as lines elsewhere.</summary>
internal static class WatchCommand
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    public static Command Describe(CommandScope scope)
    {
        var options = new WatchOptions();
        var once = new Option<bool>("--once") { Description = "Say how the job stands and end: with 0 where it is completed, with 1 where it ended otherwise, and with 3 where it goes on." };
        Option<double> interval = JobOptions.Ranged("--interval", "Seconds between two looks.", 1, 0.05, 3600.0);
        var command = new Command("watch", "Follow a job of a server until it has ended: rounds, who is in, who is late, refusals, metrics. Ends with 0 where the job is completed, and with 1 where it ended otherwise.") { once, interval };
        options.AddTo(command);
        return scope.Define(command, async (parsed, report, cancellationToken) =>
        {
            using IWatchSource source = options.Open(parsed, scope.Console);
            if (parsed.GetValue(once))
            {
                return Conclude(await ReadOnceAsync(source, cancellationToken), report, isShown: false);
            }

            var pause = TimeSpan.FromSeconds(parsed.GetValue(interval));
            bool isQuiet = parsed.GetValue(scope.Json);
            WatchedJob last = scope.Console.IsTerminal && !isQuiet
                ? await scope.Console.WithLiveAsync(
                    WatchTable.Of(job: null, "Looking."), show => FollowAsync(source, pause, (_, now, trouble) => show(WatchTable.Of(now, trouble)), cancellationToken))
                : await FollowAsync(source, pause, (before, now, trouble) => Write(isQuiet ? scope.Console.Errors : scope.Console.Output, before, now, trouble), cancellationToken);
            return Conclude(last, report, isShown: true);
        });
    }

    private static async Task<WatchedJob> ReadOnceAsync(IWatchSource source, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(cancellationToken) ?? throw ToolException.TryAgain("The server has saved nothing yet: no client has announced itself.");
        }
        catch (HttpRequestException fault)
        {
            throw Unreachable(fault);
        }
    }

    /// <summary>Looks until the job has ended. A dashboard or a database that was there once may go away for a while.</summary>
    public static async Task<WatchedJob> FollowAsync(IWatchSource source, TimeSpan pause, Action<WatchedJob?, WatchedJob?, string?> show, CancellationToken cancellationToken)
    {
        WatchedJob? latest = null;
        string? trouble = null;
        bool isFirst = true;
        while (true)
        {
            WatchedJob? before = latest;
            string? troubleBefore = trouble;
            try
            {
                latest = await source.ReadAsync(cancellationToken) ?? latest;
                trouble = null;
                isFirst = false;
            }
            catch (HttpRequestException fault) when (!isFirst)
            {
                trouble = $"The dashboard does not answer ({fault.Message}); it is asked again.";
            }
            catch (HostingException fault) when (!isFirst && fault.Error == HostingError.StoreUnavailable)
            {
                trouble = $"{fault.Message} It is read again.";
            }
            catch (HttpRequestException fault)
            {
                throw Unreachable(fault);
            }

            if (!ReferenceEquals(before, latest) || trouble != troubleBefore)
            {
                show(before, latest, trouble);
            }

            if (latest?.Outcome is not null)
            {
                return latest;
            }

            await Task.Delay(pause, cancellationToken);
        }
    }

    /// <summary>Writes a line for each event, with the time of this machine.</summary>
    private static void Write(TextWriter output, WatchedJob? before, WatchedJob? now, string? trouble)
    {
        IEnumerable<string> events = trouble is not null ? [trouble] : now is null ? [] : WatchWords.Between(before, now);
        foreach (string line in events)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} {Report.Printable(line)}"));
        }

        output.Flush();
    }

    private static int Conclude(WatchedJob job, Report report, bool isShown)
    {
        report.Set("job", JsonSerializer.SerializeToNode(job, Web));
        if (!isShown)
        {
            report.Line(WatchWords.Summary(job));
            foreach (WatchedParty party in job.Parties)
            {
                report.Line($"  {party.Name}: {(party.IsLate ? "late" : party.State)}, {party.Doing}");
            }

            foreach (WatchedMetrics round in job.Metrics.Take(1))
            {
                report.Line(string.Create(CultureInfo.InvariantCulture, $"Metrics of round {round.Round}, attempt {round.Attempt}, as clients report them:"));
                foreach (WatchedReport one in round.Reports)
                {
                    report.Line($"  {one.Party}: {WatchWords.Words(one)}");
                }
            }

            foreach (WatchedRefusal refusal in job.Refusals)
            {
                report.Line(string.Create(CultureInfo.InvariantCulture, $"Refused: {refusal.Message} of {refusal.Party}, {refusal.Reason}, {refusal.Count} in all."));
            }

            if (job.Outcome is not null)
            {
                report.Line($"The job has ended: {job.Outcome}.");
            }
        }

        return job.Outcome is null ? ExitCodes.TryAgain : job.IsCompleted ? ExitCodes.Done : throw ToolException.Refused($"The job has ended before its last round: {job.Outcome}.");
    }

    private static ToolException Unreachable(HttpRequestException fault)
        => ToolException.Refused($"The dashboard does not answer: {fault.Message}. Look at the address, and where the certificate of the server is its own, give its pin with --server-key.", fault);
}
