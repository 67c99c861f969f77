using System.CommandLine;
using System.Globalization;
using FedHe.Orchestration.Job;
using FedHe.Tool.Choices;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Poc;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe poc</c>: a federation of real processes on one machine, to look at.</summary>
internal static class PocCommand
{
    public static Command Describe(CommandScope scope) => new("poc", "Try a federation on this machine: real processes over TLS.")
    {
        DescribeUp(scope),
        DescribeTrain(scope),
    };

    private static Command DescribeUp(CommandScope scope)
    {
        Option<int> clients = JobOptions.Ranged("--clients", "Number of clients.", 3, 2, PocPlan.MostClients);
        Option<int> rounds = JobOptions.Ranged("--rounds", "Number of rounds.", 3, 1, 1000);
        Option<KeyManagement> keys = JobOptions.KeysOption();
        Option<PocMoment[]> kill = Moments("--kill", "Party to kill with SIGKILL while round N trains, and to start again, as PARTY@N; may be given several times.");
        Option<PocMoment[]> late = Moments("--late", "Client to start when round N trains, as CLIENT@N; may be given several times.");
        Option<int?> storm = JobOptions.RangedOrNone("--kill-randomly", "Seed by which random parties are killed at random moments, and started again, from the first round to the last.", 0, int.MaxValue);
        var folder = new Option<DirectoryInfo?>("--folder") { Description = "Folder to make for kits, data and logs. Default: a temporary one, which is deleted when all went well." };
        Option<double> timeout = JobOptions.Ranged("--timeout", "Seconds after which the trial has failed.", 600, 1, 86_400.0);
        var command = new Command("up", "Provision a federation, run all of its parties on this machine, and hold their last models against each other. Nothing of it is left running.")
        {
            clients, rounds, keys, kill, storm, late, folder, timeout,
        };
        var privacy = new PrivacyOptions();
        privacy.AddTo(command);
        command.Validators.Add(result => privacy.Check(result, []));
        return scope.Define(command, async (parsed, report, cancellationToken) =>
        {
            var plan = new PocPlan
            {
                Clients = parsed.GetValue(clients),
                Rounds = parsed.GetValue(rounds),
                Keys = parsed.GetValue(keys)!,
                Privacy = privacy.Read(parsed),
                Kills = parsed.GetValue(kill) ?? [],
                Lates = parsed.GetValue(late) ?? [],
                Storm = parsed.GetValue(storm) is int seed ? new PocStorm((ulong)seed) : null,
            };
            plan.Check();
            string location = Make(parsed.GetValue(folder));
            try
            {
                PocResult result = await RunAsync(scope, plan, location, TimeSpan.FromSeconds(parsed.GetValue(timeout)), cancellationToken);
                Write(report, plan, result);
            }
            catch
            {
                scope.Console.Errors.WriteLine($"Kits and logs of the trial stay in {location}.");
                throw;
            }

            if (parsed.GetValue(folder) is null)
            {
                Directory.Delete(location, recursive: true);
            }
            else
            {
                report.Set("folder", location).Line($"Kits, data and logs: {location}.");
            }

            return ExitCodes.Done;
        });
    }

    private static Command DescribeTrain(CommandScope scope)
    {
        var data = new Option<FileInfo>("--data") { Description = "File with the client's points.", Required = true };
        var command = new Command("train", "Train once; the training command of the clients of 'fedhe poc up'.") { data };
        command.Hidden = true;
        return scope.Define(command, (parsed, _) =>
        {
            PocTrainer.Run(parsed.GetValue(data)!.FullName);
            return ExitCodes.Done;
        });
    }

    private static async Task<PocResult> RunAsync(CommandScope scope, PocPlan plan, string location, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        await using var run = new PocRun(plan, location, OwnWords(), scope.Console.Errors.WriteLine);
        try
        {
            return await run.RunAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ToolException.Refused(string.Create(CultureInfo.InvariantCulture, $"The trial did not end within {timeout.TotalSeconds} seconds (--timeout)."));
        }
    }

    private static void Write(Report report, PocPlan plan, PocResult result)
    {
        report.Set("clients", plan.Names).Set("rounds", plan.Rounds).Set("sha256", result.Sha256).Set("accuracyBefore", result.AccuracyBefore).Set("accuracyAfter", result.AccuracyAfter)
            .Set("seconds", result.Duration.TotalSeconds)
            .Line(string.Create(
                CultureInfo.InvariantCulture,
                $"All {plan.Clients} clients have the same model after {plan.Rounds} rounds, sha256 {result.Sha256}; on points that nobody trained with, its accuracy is {result.AccuracyAfter:P1}, and was {result.AccuracyBefore:P1}."));
        if (plan.Storm is not null)
        {
            report.Set("randomKills", result.RandomKills).Line(string.Create(CultureInfo.InvariantCulture, $"{result.RandomKills} times a party was killed."));
        }

        if (plan.IsPair)
        {
            report.Line("Rounds of two contributors were allowed, because clients were late or few: each can compute the other's model. Not for earnest.");
        }
    }

    private static string Make(DirectoryInfo? folder)
    {
        if (folder is null)
        {
            return Directory.CreateTempSubdirectory("fedhe-poc-").FullName;
        }

        NewFolder.RefuseIfThere(folder.FullName);
        PartyFolder.CreatePrivate(folder.FullName);
        return folder.FullName;
    }

    /// <summary>The words that start this program, whether it has a file of its own or is run by dotnet.</summary>
    private static IReadOnlyList<string> OwnWords()
    {
        string program = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, typeof(PocCommand).Assembly.Location] : [program];
    }

    private static Option<PocMoment[]> Moments(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "PARTY@N",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = result =>
        {
            var moments = new List<PocMoment>();
            foreach (string text in result.Tokens.Select(token => token.Value))
            {
                if (PocMoment.TryParse(text, out PocMoment? moment))
                {
                    moments.Add(moment);
                }
                else
                {
                    result.AddError($"{name} takes PARTY@ROUND, such as server@3, not '{text}'.");
                }
            }

            return [.. moments];
        },
    };
}
