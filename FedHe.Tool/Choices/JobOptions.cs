using System.CommandLine;
using System.Globalization;
using System.Numerics;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Choices;

/// <summary>The options that say what the rounds of a job are like.</summary>
internal sealed class JobOptions
{
    private readonly Option<int> _rounds = Ranged("--rounds", "Number of rounds.", 1, 1, 1_000_000);
    private readonly Option<int?> _clientsPerRound = RangedOrNone("--clients-per-round", "Clients invited to a round. Default: all.", 2, 1_000_000);
    private readonly Option<int?> _quorum = RangedOrNone("--quorum", "Uploads that a round needs. Default: more than half of the clients, and at least the minimum.", 2, 1_000_000);
    private readonly Option<int> _minimum = Ranged("--minimum-contributors", "Contributors below which no client opens an average; with 2 each can compute the other's model.", 3, 2, 1_000_000);
    private readonly Option<long> _maxWeight = Ranged("--max-weight", "Largest weight of a client; more samples count like it.", 1_000_000, 1, AggregationTerms.LargestTotalWeight);
    private readonly Option<int> _precision = Ranged("--precision", "Bits of precision of the average.", 24, 4, 32);
    private readonly Option<string> _weights = new Option<string>("--weights")
    {
        Description = "Whether the server sees how many samples each client has.",
        DefaultValueFactory = _ => "clear",
    }.AcceptOnlyFromAmong("clear", "hidden");

    private readonly Option<KeyManagement> _keys = KeysOption();
    private readonly Option<int> _epochs = Ranged("--epochs", "Passes over a client's data in a round, for its training program.", 1, 1, 1_000_000);
    private readonly Option<int> _batch = Ranged("--batch-size", "Samples of a training step, for the training program.", 32, 1, 1_000_000);
    private readonly Option<double> _learningRate = Ranged("--learning-rate", "Step size, for the training program.", 0.01, 1e-9, 1e6);

    private readonly Option<ServerOptimizer?> _optimizer = ServerOptimizerOption.Create();
    private readonly Option<int?> _squeeze = RangedOrNone(
        "--squeeze", "Number of values of a client's difference that travel in a round (DoubleSqueeze); the rest waits at the client. Let a tenth of all values travel or more. Default: all. A job with a squeeze has one epoch.", 1, int.MaxValue);

    private readonly Option<AdapterTerms?> _adapters = AdaptersOption.Create();

    /// <summary>The options of privacy terms.</summary>
    public PrivacyOptions Privacy { get; } = new();

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _rounds, _clientsPerRound, _quorum, _minimum, _maxWeight, _precision, _weights, _keys, _epochs, _batch, _learningRate, _optimizer, _squeeze, _adapters })
        {
            command.Options.Add(option);
        }

        Privacy.AddTo(command);
        command.Validators.Add(result => Privacy.Check(result,
        [
            (_maxWeight, "weighs every client by 1, because the number of its samples would not be covered by the noise"),
            (_weights, "weighs every client by 1, which is no secret"),
            (_precision, "sends integers, which travel exactly"),
            (_minimum, "opens no sum of fewer clients than --dropouts permits"),
        ]));
    }

    public JobChoices Read(ParseResult parsed) => new()
    {
        Rounds = parsed.GetValue(_rounds),
        ClientsPerRound = parsed.GetValue(_clientsPerRound),
        Quorum = parsed.GetValue(_quorum),
        MinimumContributors = parsed.GetValue(_minimum),
        MaxWeight = parsed.GetValue(_maxWeight),
        Precision = parsed.GetValue(_precision),
        HidesWeights = parsed.GetValue(_weights) == "hidden",
        Keys = parsed.GetValue(_keys)!,
        Privacy = Privacy.Read(parsed),
        Optimizer = parsed.GetValue(_optimizer),
        Squeeze = parsed.GetValue(_squeeze) is int count ? new SparsificationTerms(count) : null,
        Adapters = parsed.GetValue(_adapters),
        Training = new TrainingSettings
        {
            LocalEpochs = parsed.GetValue(_epochs),
            BatchSize = parsed.GetValue(_batch),
            LearningRate = parsed.GetValue(_learningRate),
        },
    };

    /// <summary>The option that says who opens sums.</summary>
    internal static Option<KeyManagement> KeysOption() => new("--keys")
    {
        Description = $"Who opens sums: {KeyManagement.Accepted}; n members of whom f may be silent or lie, and no client has a key that opens an upload, or authority, a key "
            + "that every client gets. Default: a committee from four clients on, of all clients up to seven, and of seven who are drawn ('keys draw') of more.",
        HelpName = "authority|committee[:n[/f]]",
        DefaultValueFactory = _ => KeyManagement.Automatic,
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (KeyManagement.TryParse(text, out KeyManagement? keys))
            {
                return keys;
            }

            result.AddError($"--keys must be {KeyManagement.Accepted}, not '{text}'.");
            return KeyManagement.Automatic;
        },
    };

    /// <summary>An option whose number is spelled as machines read it, and lies in a range.</summary>
    internal static Option<T> Ranged<T>(string name, string description, T defaultValue, T minimum, T maximum)
        where T : struct, INumber<T>
        => new(name)
        {
            Description = string.Create(CultureInfo.InvariantCulture, $"{description} {minimum} to {maximum}."),
            DefaultValueFactory = _ => defaultValue,
            CustomParser = result => Parse(result, name, minimum, maximum),
        };

    /// <summary>An option as <see cref="Ranged"/>, without a default.</summary>
    internal static Option<int?> RangedOrNone(string name, string description, int minimum, int maximum) => new(name)
    {
        Description = description,
        CustomParser = result => Parse(result, name, minimum, maximum),
    };

    internal static T Parse<T>(System.CommandLine.Parsing.ArgumentResult result, string name, T minimum, T maximum)
        where T : struct, INumber<T>
    {
        string text = result.Tokens.Single().Value;
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && value >= minimum && value <= maximum)
        {
            return value;
        }

        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be a number from {minimum} to {maximum}, not '{text}'."));
        return minimum;
    }
}
