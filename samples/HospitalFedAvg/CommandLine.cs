using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using FedHe.Crypto.Random;
using FedHe.Crypto.Seal.Native;
using FedHe.Learning.Models;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;

namespace HospitalFedAvg;

/// <summary>The command line has options with their ranges and defaults.</summary>
internal sealed class CommandLine
{
    private const int DefaultClients = 4;
    private const int MostBitsOfIntegers = 32;
    private const string SealVariable = "FEDHE_SEALC_PATH";

    private static readonly Dictionary<string, SchemeChoice> Schemes = new(StringComparer.Ordinal)
    {
        ["ckks"] = SchemeChoice.Ckks,
        ["ckks-paper"] = SchemeChoice.CkksPaper,
        ["paillier"] = SchemeChoice.Paillier,
        ["seal"] = SchemeChoice.Seal,
        ["seal-flare"] = SchemeChoice.SealFlare,
        ["plain-insecure"] = SchemeChoice.PlainInsecure,
    };

    /// <summary>The schemes that send fewer bits for less precision.</summary>
    // Microsoft SEAL has none of its own; under round keys it is the precision of the layer above.
    private static readonly HashSet<SchemeChoice> HavePrecision =
        [SchemeChoice.Ckks, SchemeChoice.Paillier, SchemeChoice.Seal, SchemeChoice.SealFlare];

    private readonly Option<string?> _data = new("--data")
    {
        Description = "MNIST folder (IDX, plain or .gz), CIFAR-10/100 binary file or folder, or a text table such as CSV. Default: embedded synthetic digits.",
    };

    private readonly TableOptionsSyntax _table = new();
    private readonly PrivacyOptionsSyntax _privacy = new();

    private readonly Option<string> _model = new Option<string>("--model")
    {
        Description = "Model to train.",
        DefaultValueFactory = _ => "mlp",
    }.AcceptOnlyFromAmong([.. ModelFactory.Names]);

    private readonly Option<int> _clients = Ranged("--clients", "Number of hospitals.", DefaultClients, 2, 1000);
    private readonly Option<int> _rounds = Ranged("--rounds", "Number of rounds.", 15, 1, 10_000);
    private readonly Option<int> _epochs = Ranged("--epochs", "Passes over a hospital's own data in each round.", 1, 1, 1000);
    private readonly Option<int> _batch = Ranged("--batch", "Samples of a training step.", 32, 1, 65_536);
    private readonly Option<double> _learningRate = Ranged("--learning-rate", "Step size of local training.", 0.05, 1e-6, 100);
    private readonly Option<double> _proximal = Ranged("--mu", "Proximal term of FedProx; 0 is FedAvg.", 0.0, 0, 100);
    private readonly Option<double> _alpha = Ranged("--alpha", "Dirichlet concentration of the hospitals' shares; small is more unequal.", 1.0, 1e-3, 1e6);
    private readonly Option<PrecisionChoice> _precision = new("--precision")
    {
        Description = "Bits of precision to send, 0 to 40; 0 leaves nothing out. The plan prints the bound on the error that this gives. "
            + "exact-2 to exact-32: exact sums of integers of that many bits. Round keys have 4 to 32 bits; everything else is --direct. "
            + "For --scheme ckks and paillier, and under round keys for seal and seal-flare; everything else sends every bit.",
        DefaultValueFactory = _ => new PrecisionChoice(24, IsExact: false),
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (!PrecisionChoice.TryParse(text, out PrecisionChoice choice))
            {
                result.AddError($"--precision must be a number from 0 to 40, or exact-2 to exact-32, not '{text}'.");
            }

            return choice;
        },
    };

    private readonly Option<double?> _maskRatio = new("--mask-ratio")
    {
        Description = "Encrypt only the most sensitive part of all parameters, above 0 to 1; the others travel in clear. Default: encrypt everything.",
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (CommandLineNumber.TryParse(text, out double ratio) && ratio is > 0 and <= 1)
            {
                return ratio;
            }

            result.AddError($"--mask-ratio must be a number above 0 and at most 1, not '{text}'.");
            return null;
        },
    };

    private readonly Option<MaskPolicy?> _maskPolicy = new("--mask-policy")
    {
        Description = "What to encrypt, such as 'top(0.3) | first | last' or 'paper', which is the same. Terms: all, first, last, biases, "
            + "normalization, top(r), top-of-each-layer(r), random(r, seed), layers(name, ...), cap(r, policy). The rest travels in clear.",
        CustomParser = result =>
        {
            try
            {
                return MaskPolicy.Parse(result.Tokens.Single().Value);
            }
            catch (FormatException fault)
            {
                result.AddError($"--mask-policy: {fault.Message}");
                return null;
            }
        },
    };

    private readonly Option<double> _dropout = Ranged("--dropout", "Probability that a hospital drops out of a round.", 0.0, 0, 0.99);
    private readonly Option<int> _seed = Ranged("--seed", "Seed of data shares, initial model and training. Encryption takes no seed.", 1, 0, int.MaxValue);

    private readonly Option<string> _scheme = new Option<string>("--scheme")
    {
        Description = "Encryption scheme; ckks, paillier, seal and seal-flare encrypt round keys, the others the model itself. "
            + "seal and seal-flare need Microsoft SEAL; plain-insecure encrypts nothing.",
        DefaultValueFactory = _ => "ckks",
    }.AcceptOnlyFromAmong([.. Schemes.Keys]);

    private readonly Option<bool> _direct = new("--direct")
    {
        Description = "Encrypt the model directly under the job's key, as in the paper, instead of under a key of its own in each "
            + "upload. Nobody verifies the sum then, and the model is for the hospitals alone.",
    };

    private readonly Option<string?> _keys = new("--keys")
    {
        Description = "Who opens sums: committee, committee:n or committee:n/f, n of the hospitals together, of whom f may be silent or lie, and who hold no key "
            + "that opens an upload; or authority, a key that every hospital has. Default: a committee from four hospitals on, of seven at most, unless --scheme or --direct is given.",
    };

    private readonly Option<FileInfo?> _sealLibrary = new("--seal-library")
    {
        Description = $"Path of Microsoft SEAL's libsealc. Default: the variable {SealVariable}, then where the loader looks.",
    };

    private readonly Option<string> _weights = new Option<string>("--weights")
    {
        Description = "Whether the server sees how many samples each hospital has.",
        DefaultValueFactory = _ => "clear",
    }.AcceptOnlyFromAmong("clear", "hidden");

    /// <summary>Parses the command line and runs the sample.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="run">The function to run, whose result is the exit code.</param>
    public Task<int> InvokeAsync(string[] arguments, Func<SampleOptions, CancellationToken, Task<int>> run)
    {
        var command = new RootCommand("Hospitals train one model together while the server sees only ciphertexts.")
        {
            _data, _model, _clients, _rounds, _epochs, _batch, _learningRate, _proximal, _alpha, _scheme, _sealLibrary, _weights, _precision, _direct, _maskRatio, _maskPolicy, _dropout, _seed, _keys,
        };
        _table.AddTo(command);
        _privacy.AddTo(command);
        command.Validators.Add(result =>
        {
            if (_table.FirstGiven(result) is string given && result.GetResult(_data) is null)
            {
                result.AddError($"{given} is about tables such as CSV. Give the file with --data.");
            }

            string scheme = TextOf(result, _scheme) ?? "ckks";
            bool isSealDirect = IsSeal(scheme) && result.GetValue(_direct);
            if (result.GetResult(_precision)?.Tokens.Count > 0 && (isSealDirect || !HavePrecision.Contains(Schemes.GetValueOrDefault(scheme))))
            {
                result.AddError($"--scheme {scheme}{(isSealDirect ? " --direct" : string.Empty)} sends every bit of its ciphertexts: leave out --precision, which has no effect there.");
            }
            else if (IsSeal(scheme)
                && TextOf(result, _precision) is string sealText
                && PrecisionChoice.TryParse(sealText, out PrecisionChoice wanted)
                && !wanted.FitsRoundKeys)
            {
                result.AddError($"--scheme {scheme} encrypts round keys, not integers of the model: --precision must be 4 to 32 bits.");
            }

            if (result.GetResult(_sealLibrary) is not null && !IsSeal(scheme))
            {
                result.AddError($"--scheme {scheme} does not load Microsoft SEAL: leave out --seal-library.");
            }

            PrecisionChoice choice = default;
            if (scheme == "paillier"
                && TextOf(result, _precision) is string text
                && PrecisionChoice.TryParse(text, out choice)
                && (choice.Bits == 1 || choice.Bits > MostBitsOfIntegers))
            {
                result.AddError($"--scheme paillier rounds values to integers: --precision must be 2 to {MostBitsOfIntegers} bits, or 0 for 24.");
            }

            if (TextOf(result, _keys) is string keysText)
            {
                CheckKeys(result, keysText);
            }

            _privacy.Check(result, _weights, _precision, _maskRatio, _maskPolicy, _batch, ofTraining: [_epochs, _proximal], _direct);
            bool hasRatio = result.GetResult(_maskRatio) is not null;
            bool hasPolicy = result.GetResult(_maskPolicy) is not null;
            if (hasRatio && hasPolicy)
            {
                result.AddError("--mask-ratio R is short for --mask-policy 'top(R)'. Give one of them.");
            }

            if ((hasRatio || hasPolicy) && TextOf(result, _weights) == "hidden")
            {
                result.AddError("--weights hidden needs every parameter encrypted, because clear ones would reveal the weight: "
                    + "leave out --mask-ratio and --mask-policy.");
            }
        });
        command.SetAction((result, cancellationToken) => run(Read(result), cancellationToken));

        // Exceptions reach the caller, which words them in one line.
        return command.Parse(arguments).InvokeAsync(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(5),
        });
    }

    /// <summary>Refuses a choice of keys that is unknown, and a committee that there cannot be.</summary>
    private void CheckKeys(CommandResult result, string text)
    {
        if (!KeyManagement.TryParse(text, out KeyManagement? keys))
        {
            result.AddError($"--keys must be {KeyManagement.Accepted}, not '{text}'.");
            return;
        }

        if (!keys.IsCommittee)
        {
            return;
        }

        if (TextOf(result, _scheme) is not null || result.GetValue(_direct))
        {
            result.AddError("A committee opens round keys without a scheme: leave out --scheme and --direct.");
        }

        int needed = Math.Max(keys.Members, CommitteeTerms.MinMembers);
        if (needed > (TextOf(result, _clients) is null ? DefaultClients : result.GetValue(_clients)))
        {
            result.AddError($"A committee of {needed} needs as many hospitals: add --clients {needed}.");
        }

        if (TextOf(result, _precision) is string bits && PrecisionChoice.TryParse(bits, out PrecisionChoice asked) && !asked.FitsRoundKeys)
        {
            result.AddError("A committee opens round keys: --precision must be 4 to 32 bits.");
        }
    }

    /// <summary>Returns the text written for an option, or null where the option was left out.</summary>
    private static string? TextOf(CommandResult result, Option option) => result.GetResult(option)?.Tokens switch
    {
        [{ Value: string text }] => text,
        _ => null,
    };

    private static bool IsSeal(string scheme) => scheme is "seal" or "seal-flare";

    private SampleOptions Read(ParseResult result) => new()
    {
        DataPath = result.GetValue(_data),
        Table = _table.Read(result),
        Model = result.GetValue(_model)!,
        Clients = result.GetValue(_clients),
        Rounds = result.GetValue(_rounds),
        LocalEpochs = result.GetValue(_epochs),
        BatchSize = result.GetValue(_batch),
        LearningRate = (float)result.GetValue(_learningRate),
        ProximalTerm = (float)result.GetValue(_proximal),
        Alpha = result.GetValue(_alpha),
        Scheme = Schemes[result.GetValue(_scheme)!],
        SealLibrary = result.GetValue(_sealLibrary)?.FullName
            ?? (Environment.GetEnvironmentVariable(SealVariable) is { Length: > 0 } path ? path : null),
        Weighting = result.GetValue(_weights) == "hidden" ? Weighting.Hidden : Weighting.Clear,
        Precision = HavePrecision.Contains(Schemes[result.GetValue(_scheme)!]) && !(IsSeal(result.GetValue(_scheme)!) && result.GetValue(_direct))
            ? result.GetValue(_precision)
            : default,
        MaskPolicy = result.GetValue(_maskRatio) is double ratio ? MaskPolicy.Top(ratio) : result.GetValue(_maskPolicy),
        Dropout = result.GetValue(_dropout),
        Seed = result.GetValue(_seed),
        Direct = result.GetValue(_direct),
        Keys = KeyManagement.TryParse(result.GetValue(_keys), out KeyManagement? keys) ? keys : KeyManagement.Automatic,
        SchemeAskedFor = TextOf(result.CommandResult, _scheme),
        Privacy = _privacy.Read(result),
        PrivacyReport = _privacy.ReportPath(result),
    };

    private static Option<T> Ranged<T>(string name, string description, T defaultValue, T minimum, T maximum)
        where T : INumber<T>
        => new(name)
        {
            Description = string.Create(CultureInfo.InvariantCulture, $"{description} {minimum} to {maximum}."),
            DefaultValueFactory = _ => defaultValue,
            CustomParser = result =>
            {
                string text = result.Tokens.Single().Value;
                if (!CommandLineNumber.TryParse(text, out T value) || !(value >= minimum && value <= maximum))
                {
                    result.AddError(string.Create(
                        CultureInfo.InvariantCulture, $"{name} must be a number from {minimum} to {maximum}, such as {defaultValue}, not '{text}'."));
                }

                return value;
            },
        };
}
