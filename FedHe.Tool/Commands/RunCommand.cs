using System.CommandLine;
using System.Globalization;
using FedHe.Hosting.Clients;
using FedHe.Orchestration.Job;
using FedHe.Tool.Choices;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Provisioning;
using Microsoft.Extensions.Hosting;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe server run</c>, <c>authority run</c> and <c>client run</c>: the hosts of the parties, from their kits.</summary>
internal static class RunCommand
{
    public static Command DescribeServer(CommandScope scope)
    {
        Option<string?> database = DatabaseOption.Create();
        var dashboard = new Option<int?>("--dashboard")
        {
            Description = $"Port of this machine for the dashboard, http://127.0.0.1:PORT{KitFiles.Dashboard}, which no other machine reaches. Default: no dashboard.",
        };
        dashboard.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string text }, ..] && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65_535))
            {
                result.AddError("--dashboard must be a port from 1 to 65535.");
            }
        });
        Command command = DescribeService(
            scope,
            "server",
            "Run the server of a federation between machines.",
            PartyRole.Server,
            (kit, parsed) => KitHost.BuildServer(kit.In(parsed.GetValue(database)), parsed.GetValue(dashboard)),
            database,
            dashboard);
        command.Subcommands.Add(DescribeAdmit(scope));
        command.Subcommands.Add(MoveCommand.Describe(scope));
        return command;
    }

    public static Command DescribeAuthority(CommandScope scope) => DescribeService(
        scope, "authority", "Run the key authority of a federation between machines.", PartyRole.Authority, (kit, _) => KitHost.BuildAuthority(kit));

    public static Command DescribeClient(CommandScope scope)
    {
        var options = new RunOptions();
        var exec = new Argument<string[]>("COMMAND")
        {
            Description = "Training command, behind --, with its words. It is started without a shell, and reads and writes the files that 'fedhe train --help' names.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<long> samples = SampleCountOption.Create();
        Option<double> timeout = JobOptions.Ranged("--timeout", "Seconds after which a training is stopped, with the processes below it.", 86_400, 0.001, 4_000_000.0);
        var metrics = new Option<bool>("--report-metrics")
        {
            Description = "Send the numbers in the metrics of each training to the server, which reads them and shows them. They leak about the data. Also by FedHe:ReportMetrics in the kit.",
        };
        var run = new Command("run", "Run a client until the job has ended. It may be ended and started again at any time.") { exec, samples, timeout, metrics };
        options.AddTo(run);
        return new Command("client", "Run a client of a federation between machines.")
        {
            scope.Define(run, async (parsed, report, cancellationToken) =>
            {
                Kit kit = Kit.Open(options.KitOf(parsed), PartyRole.Client);
                FederationJob job = kit.ReadJob();
                long count = parsed.GetResult(samples) is null ? kit.Samples ?? throw NoSamples(kit) : parsed.GetValue(samples);
                using var client = new KitClient(kit, job, parsed.GetValue(exec)!, count, TimeSpan.FromSeconds(parsed.GetValue(timeout)), scope.Console)
                {
                    ReportsMetrics = kit.ReportsMetrics || parsed.GetValue(metrics),
                };
                using IHost host = KitHost.BuildClient(kit, job, client);
                FederatedModel? last = await options.RunAsync(host, parsed, client.Ended, cancellationToken);
                return Conclude(kit, client, last, report);
            }),
        };
    }

    private static Command DescribeAdmit(CommandScope scope)
    {
        var card = new Argument<FileInfo>("CARD") { Description = "Card of a client that joins, from 'fedhe kit add' or 'fedhe kit new'." };
        Option<DirectoryInfo> kit = RunOptions.KitOption();
        var expect = new Option<string?>("--expect") { Description = "Pin of the client's certificate, as it was told by another way than the card came." };
        var command = new Command("admit", "Add the pin of a client's certificate to the settings of the server, which may run meanwhile. Without the pin nothing is changed, and the command ends with 3.") { card, kit, expect };
        return scope.Define(command, (parsed, report) =>
        {
            var server = Kit.Open(parsed.GetValue(kit)!.FullName, PartyRole.Server);
            KitCard read = KitCard.Read(parsed.GetValue(card)!.FullName) ?? throw ToolException.Refused($"{parsed.GetValue(card)!.FullName} is no card of a client with the pin of its certificate.");
            string pin = read.Pin.ToString();
            report.Set("client", read.Card.Client.Value).Set("pin", pin).Set("fingerprint", read.Card.Fingerprint)
                .Line($"{read.Card.Client}: pin {pin}; fingerprint {read.Card.Fingerprint}");
            if (parsed.GetValue(expect) is not string told)
            {
                throw ToolException.TryAgain($"Nothing is changed. Compare the pin with {read.Card.Client} by telephone, and add --expect {pin}");
            }

            if (!string.Equals(told.Trim(), pin, StringComparison.OrdinalIgnoreCase))
            {
                throw ToolException.Refused("The card has another pin than the one that you were told. Somebody changed it on its way, or it is of another client: ask.");
            }

            bool isNew = KitPins.Add(server, read.Card.Client.Value, pin);
            report.Set("isNew", isNew)
                .Line(isNew ? $"A server that runs lets {read.Card.Client} in within seconds, once the roster of an epoch names it." : $"The settings have this pin of {read.Card.Client} already.");
            return ExitCodes.Done;
        });
    }

    private static Command DescribeService(CommandScope scope, string name, string description, PartyRole role, Func<Kit, ParseResult, IHost> build, params Option[] more)
    {
        var options = new RunOptions();
        var run = new Command("run", $"{description} It runs until it is ended, and goes on from its disk when it is started again.");
        options.AddTo(run);
        foreach (Option option in more)
        {
            run.Options.Add(option);
        }

        return new Command(name, description)
        {
            scope.Define(run, async (parsed, report, cancellationToken) =>
            {
                using IHost host = build(Kit.Open(options.KitOf(parsed), role), parsed);
                await options.RunAsync<FederatedModel>(host, parsed, ended: null, cancellationToken);
                report.Line("Ended. Start it again to go on.");
                return ExitCodes.Done;
            }),
        };
    }

    private static int Conclude(Kit kit, KitClient client, FederatedModel? last, Report report)
    {
        if (last is null)
        {
            throw new OperationCanceledException();
        }

        string path = client.PathOf(last);
        string ending = last.Outcome == FederationOutcome.Left ? $"{kit.Party} has left the job, which goes on without it," : $"The job has ended: {last.Outcome},";
        report.Set("outcome", last.Outcome.ToString()).Set("round", last.Round).Set("model", path).Set("sha256", RoundNote.Read(kit.Location, last.Round).Sha256)
            .Line(string.Create(CultureInfo.InvariantCulture, $"{ending} with the model of round {last.Round}, {path}."));

        // An epoch that a client leaves is as it was asked for.
        return last.Outcome is FederationOutcome.Completed or FederationOutcome.Left ? ExitCodes.Done
            : throw ToolException.Refused(
                $"The job has ended before its last round: {last.Outcome}. Too few clients or uploads came in every try at a round; look at the others, and describe another job.");
    }

    private static ToolException NoSamples(Kit kit)
        => ToolException.Usage($"Nobody said how many samples {kit.Party} trains with, which is its weight in the average. Give --samples, or write Samples into the section Kit of {KitFiles.Settings}.");
}
