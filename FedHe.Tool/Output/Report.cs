using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FedHe.Tool.Output;

/// <summary>
/// What a command found out: lines for people, and one JSON object for scripts. Numbers and names go into both, values of models into
/// neither.
/// </summary>
internal sealed class Report(string command)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<string> _lines = [];
    private readonly JsonObject _json = new() { ["command"] = command };

    /// <summary>Adds a field to the JSON object.</summary>
    public Report Set(string name, JsonNode? value)
    {
        _json[name] = value;
        return this;
    }

    /// <summary>Adds a list of names to the JSON object.</summary>
    public Report Set(string name, IEnumerable<string> values) => Set(name, new JsonArray([.. values.Select(one => (JsonNode)JsonValue.Create(one))]));

    /// <summary>Adds a line for people.</summary>
    public Report Line(string text)
    {
        _lines.Add(text);
        return this;
    }

    /// <summary>Writes the report, with how the command ended.</summary>
    public void Write(ToolConsole console, bool asJson, int exitCode, string? error = null)
    {
        if (error is not null)
        {
            console.Errors.WriteLine($"fedhe: {Printable(error)}");
        }

        if (!asJson)
        {
            _lines.ForEach(line => console.Output.WriteLine(Printable(line)));
            return;
        }

        Set("status", exitCode switch
        {
            ExitCodes.Done => "done",
            ExitCodes.WrongUsage => "wrong-usage",
            ExitCodes.TryAgain => "try-again",
            ExitCodes.Interrupted => "interrupted",
            _ => "refused",
        });
        Set("exitCode", exitCode);
        if (error is not null)
        {
            Set("error", error);
        }

        console.Output.WriteLine(_json.ToJsonString(Indented));
    }

    /// <summary>Takes out what would command a terminal: names of files and messages of other programs can hold anything.</summary>
    public static string Printable(string text)
        => string.Concat(text.Select(one => char.IsControl(one) && one is not ('\n' or '\r' or '\t') ? '?' : one));
}
