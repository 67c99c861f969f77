using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FedHe.Orchestration.Job;
using FedHe.Tool.Choices;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe status</c>, <c>report</c> and <c>model export</c>: what the kit of a party knows, read from its disk.</summary>
internal static class StatusCommand
{
    public static Command DescribeStatus(CommandScope scope)
    {
        Option<DirectoryInfo> kit = RunOptions.KitOption();
        Option<string?> database = DatabaseOption.Create();
        var command = new Command("status", "Say how a party stands, from what it saved last. It may run meanwhile.") { kit, database };
        return scope.Define(command, (parsed, report) =>
        {
            KitStatus.Write(Kit.Open(parsed.GetValue(kit)!.FullName).In(parsed.GetValue(database)), scope.Console, report);
            return ExitCodes.Done;
        });
    }

    public static Command DescribeReport(CommandScope scope)
    {
        Option<DirectoryInfo> kit = RunOptions.KitOption();
        Option<int> round = RoundOption();
        Option<string?> database = DatabaseOption.Create();
        var command = new Command("report", "Say what a client knows of a round: its model, the bound on its error, and the metrics of its own training; or what clients reported to the server.") { kit, round, database };
        return scope.Define(command, (parsed, report) =>
        {
            Kit own = Kit.Open(parsed.GetValue(kit)!.FullName, PartyRole.Client, PartyRole.Server).In(parsed.GetValue(database));
            if (own.Role == PartyRole.Server)
            {
                KitMetrics.Write(own, parsed.GetValue(round), report);
                return ExitCodes.Done;
            }

            (Kit client, int number) = Find(parsed.GetValue(kit)!, parsed.GetValue(round));
            RoundNote note = RoundNote.Read(client.Location, number);
            report.Set("round", number).Set("model", note.Model).Set("sha256", note.Sha256).Set("release", note.Release?.ToString()).Set("maxErrorBound", note.MaxErrorBound)
                .Set("outcome", note.Outcome?.ToString()).Set("metrics", note.Metrics?.DeepClone())
                .Line(note.Model is null
                    ? string.Create(CultureInfo.InvariantCulture, $"Round {number}: trained, and no model yet.")
                    : string.Create(CultureInfo.InvariantCulture, $"Round {number}: {note.Model} ({note.Release}), sha256 {note.Sha256}."));
            if (note.MaxErrorBound is double bound)
            {
                report.Line(string.Create(CultureInfo.InvariantCulture, $"No value is off by more than {bound:G3} from exact averaging."));
            }

            foreach ((string name, JsonNode? value) in note.Metrics ?? [])
            {
                report.Line($"{name}: {value?.ToJsonString()}");
            }

            return ExitCodes.Done;
        });
    }

    public static Command DescribeModel(CommandScope scope)
    {
        Option<DirectoryInfo> kit = RunOptions.KitOption();
        Option<int> round = RoundOption();
        var path = new Option<FileInfo>("--out", "-o") { Description = "File to write, which must not be there.", Required = true };
        var unconfirmed = new Option<bool>("--unconfirmed") { Description = "Also a model that too few clients have confirmed, for the client's own eyes." };
        var export = new Command("export", "Copy a model of a client out of its kit, if it may be published.") { kit, round, path, unconfirmed };
        return new Command("model", "Take models out of a kit.")
        {
            scope.Define(export, (parsed, report) =>
            {
                (Kit client, int number) = Find(parsed.GetValue(kit)!, parsed.GetValue(round));
                RoundNote note = RoundNote.Read(client.Location, number);
                if (note.Model is not string model)
                {
                    throw ToolException.TryAgain(string.Create(CultureInfo.InvariantCulture, $"Round {number} has no model yet. Wait for it, or name an earlier round."));
                }

                if (note.Release != ModelRelease.MayBePublished && !parsed.GetValue(unconfirmed))
                {
                    throw ToolException.Refused(string.Create(
                        CultureInfo.InvariantCulture, $"The model of round {number} may not be given away ({note.Release}). Take a later round, or --unconfirmed to look at it where it is."));
                }

                string target = parsed.GetValue(path)!.FullName;
                if (File.Exists(target))
                {
                    throw ToolException.Refused($"{target} is there already. Name another file.");
                }

                AtomicFile.Copy(client.PathOf(model), target, copy =>
                {
                    if (FileDigest.Of(copy) != note.Sha256)
                    {
                        throw ToolException.Refused($"{client.PathOf(model)} is not the file that the client wrote: somebody changed it. Start the client again, which writes its newest model anew, or take another round.");
                    }
                });
                report.Set("round", number).Set("model", target).Set("sha256", note.Sha256)
                    .Line(string.Create(CultureInfo.InvariantCulture, $"The model of round {number} is in {target}, sha256 {note.Sha256}."));
                return ExitCodes.Done;
            }),
        };
    }

    private static Option<int> RoundOption() => JobOptions.Ranged("--round", "Number of the round; 0 for the newest one with a model.", 0, 0, 1_000_000);

    /// <summary>Finds a round that a client knows of.</summary>
    private static (Kit Client, int Round) Find(DirectoryInfo location, int round)
    {
        Kit kit = Kit.Open(location.FullName, PartyRole.Client);
        IReadOnlyList<int> known = RoundNote.RoundsOf(kit.Location);
        int wanted = round > 0 ? round : RoundNote.NewestWithModel(kit.Location)?.Round ?? 0;
        return known.Contains(wanted)
            ? (kit, wanted)
            : throw ToolException.TryAgain(known.Count == 0
                ? $"{kit.Party} knows of no round yet. Run 'fedhe client run', and wait for the first model."
                : string.Create(CultureInfo.InvariantCulture, $"{kit.Party} knows nothing of round {wanted}. It knows of {string.Join(", ", known)}."));
    }
}
