using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Seal.Errors;
using static FedHe.Benchmarks.CommandOptions;

namespace FedHe.Benchmarks.Rounds;

/// <summary>The command <c>round</c> measures one federated round beside plaintext averaging.</summary>
internal static class RoundCommand
{
    private const string SealVariable = "FEDHE_SEALC_PATH";

    public static Command Create()
    {
        Option<string[]> scheme = Schemes();
        var sealLibrary = new Option<FileInfo?>("--seal-library")
        {
            Description = $"Path of Microsoft SEAL's libsealc. Default: the variable {SealVariable}, then where the loader looks.",
        };
        Option<int> parameters = Number("--params", "Parameters of the model.", 1_663_370);
        Option<int> clients = Number("--clients", "Clients of the round.", 3);
        Option<int> threads = Number("--threads", "Threads of one operation.", 1);
        Option<RoundPrecision> precision = Precision();
        Option<int> runs = Number("--runs", "Timed runs after the first.", 9);
        Option<string> mode = RoundModes.Option();
        Option<string> download = Choice("--download", "Form of the download.", "seed-list", DownloadForms.Names);
        var maskRatio = new Option<double>("--mask-ratio") { Description = "Share that is encrypted, above 0 to 1.", DefaultValueFactory = _ => 1 };
        maskRatio.Validators.Add(result => Require(result, result.GetValueOrDefault<double>() is > 0 and <= 1, "--mask-ratio must be above 0 and at most 1."));
        var publicKey = new Option<bool>("--public-key") { Description = "Encrypt with the public key." };
        Option<int> keyBits = Number("--key-bits", "Bits of Paillier keys: 2048, 3072 or 4096.", PaillierParameters.DefaultKeyBits, 2048, 4096);
        var filledPool = new Option<bool>("--filled-pool")
        {
            Description = "Paillier: compute the randomness of an upload before encryption is timed, as a client does while it trains.",
        };
        Option<string> clock = Timing.Option();
        Option<int> cold = Number("--cold", "Fresh processes whose first round is measured too.", 0, minimum: 0, maximum: 1000);
        var warmUp = new Option<bool>("--warm-up")
        {
            Description = "With --cold: run the library's warm-up before the first round, as a client does while it trains.",
        };
        var first = new Option<bool>(ColdRound.FirstOption) { Description = "Measures the first round of this process alone.", Hidden = true };
        Option<KeysOption> keys = KeysOption.Option();
        Option<FileInfo?> json = Json();
        var command = new Command("round", "Time a whole round in one process.")
        {
            scheme, mode, sealLibrary, parameters, clients, threads, precision, runs, download, maskRatio, publicKey, keyBits, filledPool, clock, cold, warmUp, first, keys, json,
        };
        command.Validators.Add(result =>
        {
            bool isExact = TextOf(result, precision) is string text
                && RoundPrecision.TryParse(text, out RoundPrecision choice)
                && choice.IsExact;
            bool isDirect = RoundModes.Of(TextOf(result, mode)) == RoundMode.Direct;
            if (isDirect && isExact && TextOf(result, scheme) is not (null or "ckks" or "paillier"))
            {
                result.AddError("--precision exact-... needs --scheme ckks or paillier in the direct mode.");
            }

            if (!isDirect && TextOf(result, precision) is string bits && RoundPrecision.TryParse(bits, out RoundPrecision wanted) && wanted.Bits < 4)
            {
                result.AddError("Round keys are planned for 4 bits of precision or more.");
            }
        });
        command.Validators.Add(result =>
        {
            Timing.Check(result, clock, result.GetResult(threads));

            bool isFirst = result.GetResult(first) is { Implicit: false };
            if (result.GetResult(warmUp) is { Implicit: false } && !isFirst && TextOf(result, cold) is null or "0")
            {
                result.AddError("--warm-up belongs to --cold.");
            }

            if (TextOf(result, cold) is not (null or "0") && TextOf(result, scheme)?.Contains(',', StringComparison.Ordinal) == true)
            {
                result.AddError("--cold measures one scheme at a time.");
            }
        });
        command.Validators.Add(result =>
        {
            if (TextOf(result, keys) is not string who || KeysOption.TryParse(who) is not { Kind: KeysKind.Committee })
            {
                return;
            }

            bool isExact = TextOf(result, precision) is string text && RoundPrecision.TryParse(text, out RoundPrecision choice) && choice.IsExact;
            if (RoundModes.Of(TextOf(result, mode)) == RoundMode.Direct || isExact)
            {
                result.AddError("A committee opens sums under round keys, which jobs plan for real numbers: leave --mode direct and --precision exact-... out.");
            }

            if (TextOf(result, clients) is "1")
            {
                result.AddError("A round with a committee has two clients or more.");
            }
        });
        command.SetAction(result =>
        {
            Timing.OfThread = result.GetValue(clock) == Timing.Thread;
            if (result.GetValue(keys) is { Kind: KeysKind.Threshold } threshold)
            {
                ThresholdResult opened = ThresholdRound.Measure(
                    threshold, result.GetValue(parameters), result.GetValue(precision).Bits, result.GetValue(threads), result.GetValue(runs));
                Write(JsonSerializer.Serialize(opened, RoundJson.Default.ThresholdResult), result.GetValue(json));
                return opened.IsExact ? 0 : 1;
            }

            string[] schemes = result.GetValue(scheme)!;
            RoundOptions[] choices = [.. schemes.Select(name => new RoundOptions
            {
                Scheme = name,
                SealLibrary = result.GetValue(sealLibrary)?.FullName
                    ?? (Environment.GetEnvironmentVariable(SealVariable) is { Length: > 0 } path ? path : null),
                Params = result.GetValue(parameters),
                Mode = RoundModes.Of(result.GetValue(mode)),
                Keys = result.GetValue(keys)!,
                Clients = result.GetValue(clients),
                Threads = result.GetValue(threads),
                MaskRatio = result.GetValue(maskRatio),
                Precision = result.GetValue(precision),
                Download = DownloadForms.Find(result.GetValue(download)!),
                PublicKey = result.GetValue(publicKey),
                Runs = result.GetValue(runs),
                KeyBits = result.GetValue(keyBits),
                WarmUp = result.GetValue(warmUp),
                FilledPool = result.GetValue(filledPool),
            })];
            if (result.GetValue(first))
            {
                Console.WriteLine(JsonSerializer.Serialize(ColdRound.First(choices[0]), RoundJson.Default.ColdResult));
                return 0;
            }

            RoundResult[] figures;
            try
            {
                ColdResult? measured = result.GetValue(cold) is int processes and > 0
                    ? ColdRound.Measure(processes, ArgumentsWithout(result, cold, json))
                    : null;
                figures = Run(choices, measured);
            }
            catch (SealLibraryException failure)
            {
                Console.Error.WriteLine(failure.Message);
                return 1;
            }

            Write(
                figures.Length == 1
                    ? JsonSerializer.Serialize(figures[0], RoundJson.Default.RoundResult)
                    : JsonSerializer.Serialize(figures, RoundJson.Default.RoundResultArray),
                result.GetValue(json));
            foreach (RoundResult one in figures)
            {
                Console.WriteLine(figures.Length == 1 ? RoundReport.Summary(one) : $"\n{one.Scheme}\n{RoundReport.Summary(one)}");
                if (one.Selective is SelectiveResult selective)
                {
                    Console.WriteLine(RoundReport.Summary(selective));
                }

                if (one != figures[0])
                {
                    Console.WriteLine(RoundReport.Comparison(one, figures[0]));
                }
            }

            return figures.All(one => one.MaxAbsError <= one.PromisedError) ? 0 : 1;
        });
        return command;
    }

    private static void Write(string text, FileInfo? file)
    {
        Console.WriteLine(text);
        if (file is not null)
        {
            File.WriteAllText(file.FullName, text);
        }
    }

    /// <summary>Measures several schemes in turns, so that other work on the machine slows all of them alike.</summary>
    private static RoundResult[] Run(RoundOptions[] choices, ColdResult? cold)
    {
        List<RoundBenchmark> benchmarks = [];
        try
        {
            foreach (RoundOptions options in choices)
            {
                benchmarks.Add(new RoundBenchmark(options));
            }

            benchmarks.ForEach(benchmark => benchmark.WarmUp());
            for (int run = 0; run < choices[0].Runs; run++)
            {
                benchmarks.ForEach(benchmark => benchmark.Measure());
            }

            return [.. benchmarks.Select(benchmark => benchmark.Result(cold))];
        }
        finally
        {
            benchmarks.ForEach(benchmark => benchmark.Dispose());
        }
    }

    private static Option<string[]> Schemes() => new("--scheme")
    {
        Description = $"Scheme and preset, or several with commas between them, to be compared with the first: {string.Join(", ", RoundSchemes.Names)}.",
        DefaultValueFactory = _ => ["ckks"],
        CustomParser = result =>
        {
            string[] names = result.Tokens.Single().Value.Split(',', StringSplitOptions.TrimEntries);
            foreach (string unknown in names.Except(RoundSchemes.Names))
            {
                result.AddError($"--scheme knows no '{unknown}', but {string.Join(", ", RoundSchemes.Names)}.");
            }

            return names;
        },
    };

    private static Option<RoundPrecision> Precision() => new("--precision")
    {
        Description = "Promised bits of precision, 0 to 30; 0 leaves nothing out. "
            + "exact-2 to exact-32: exact sums of integers of so many bits.",
        DefaultValueFactory = _ => new RoundPrecision(24, IsExact: false),
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (!RoundPrecision.TryParse(text, out RoundPrecision choice))
            {
                result.AddError($"--precision must be a number from 0 to 30, or exact-2 to exact-32, not '{text}'.");
            }

            return choice;
        },
    };

    /// <summary>Returns the arguments of a command without some of its options, each of which has one value.</summary>
    private static IEnumerable<string> ArgumentsWithout(ParseResult result, params Option[] options)
    {
        string[] arguments = [.. result.Tokens.Select(token => token.Value)];
        bool IsOmitted(int index) => index >= 0 && options.Any(option => option.Name == arguments[index]);
        return arguments.Where((_, index) => !IsOmitted(index) && !IsOmitted(index - 1));
    }

    /// <summary>Returns the text written for an option, or null where the option was left out.</summary>
    private static string? TextOf(CommandResult result, Option option) => result.GetResult(option)?.Tokens switch
    {
        [{ Value: string text }] => text,
        _ => null,
    };
}
