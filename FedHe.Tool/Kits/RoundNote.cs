using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FedHe.Orchestration.Job;
using FedHe.Tool.Folders;

namespace FedHe.Tool.Kits;

/// <summary>A round note is what a client of a kit keeps about a round beside its model, and <c>fedhe report</c> shows.</summary>
internal sealed record RoundNote
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The path of the model, below the folder of the kit.</summary>
    public string? Model { get; init; }

    /// <summary>SHA-256 of the file of the model.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Who may have the model.</summary>
    public ModelRelease? Release { get; init; }

    /// <summary>The largest difference of a value to exact averaging.</summary>
    public double? MaxErrorBound { get; init; }

    /// <summary>The epsilon that the client counts as spent up to the model, in a job with privacy terms.</summary>
    public double? SpentEpsilon { get; init; }

    /// <summary>Whether another sum would exceed the budget, so that the client takes part in none.</summary>
    public bool? IsBudgetSpent { get; init; }

    /// <summary>The outcome of the job, where it ended with this round.</summary>
    public FederationOutcome? Outcome { get; init; }

    /// <summary>What the training command wrote as metrics. They stay with the client.</summary>
    public JsonObject? Metrics { get; init; }

    /// <summary>Reads the note of a round; an empty one where there is none, or where it is damaged.</summary>
    public static RoundNote Read(string kit, int round)
    {
        string path = PathOf(kit, round);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<RoundNote>(File.ReadAllBytes(path), Options) ?? new RoundNote() : new RoundNote();
        }
        catch (JsonException)
        {
            return new RoundNote();
        }
    }

    /// <summary>Returns the rounds that have a note, in order.</summary>
    public static IReadOnlyList<int> RoundsOf(string kit)
    {
        var folder = new DirectoryInfo(Path.Combine(kit, "model"));
        return folder.Exists
            ? [.. folder.EnumerateFiles("round-*.json")
                .Select(file => int.TryParse(Path.GetFileNameWithoutExtension(file.Name).AsSpan("round-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int round) ? round : 0)
                .Where(round => round > 0).Order()]
            : [];
    }

    /// <summary>Finds the newest round with a model, and its note; null where there is none.</summary>
    public static (int Round, RoundNote Note)? NewestWithModel(string kit)
        => RoundsOf(kit).Reverse().Select(round => (Round: round, Note: Read(kit, round))).Where(one => one.Note.Model is not null).Cast<(int, RoundNote)?>().FirstOrDefault();

    public void Write(string kit, int round) => AtomicFile.Replace(PathOf(kit, round), JsonSerializer.SerializeToUtf8Bytes(this, Options));

    private static string PathOf(string kit, int round) => Path.Combine(kit, "model", string.Create(CultureInfo.InvariantCulture, $"round-{round:D6}.json"));
}
