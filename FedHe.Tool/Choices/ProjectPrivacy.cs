using System.CommandLine;
using FedHe.Tool.Output;

namespace FedHe.Tool.Choices;

/// <summary>The privacy terms of a project file: the options of <c>fedhe keys job</c> below one key, where <c>unit</c> is <c>--dp</c>.</summary>
/// <param name="options">The options.</param>
internal sealed class ProjectPrivacy(PrivacyOptions options)
{
    public const string Key = "privacy";

    private const string Unit = "unit";
    private const string Example = "{ unit: client, epsilon: 8, delta: 1.0e-5, clip: 1 }";

    /// <summary>Whether an option belongs below the key.</summary>
    public bool Has(Option option) => options.All.Contains(option);

    /// <summary>Returns the key of an option in the mapping.</summary>
    public string KeyOf(Option option) => option == options.Unit ? Unit : option.Name.TrimStart('-');

    /// <summary>Reads the entries of the mapping.</summary>
    /// <exception cref="ToolException">There is an entry of another name, or nothing says who is hidden.</exception>
    public Dictionary<string, ProjectNode> Read(ProjectNode node)
    {
        string[] known = [.. options.All.Select(KeyOf).Order(StringComparer.Ordinal)];
        var values = new Dictionary<string, ProjectNode>(StringComparer.Ordinal);
        foreach ((string key, ProjectNode at, ProjectNode value) in node.Entries(Example))
        {
            values[key] = known.Contains(key) ? value : throw at.Refused($"{Key} has no key '{key}'. The keys are {string.Join(", ", known)}.");
        }

        return values.ContainsKey(Unit) ? values : throw node.Refused($"{Key} needs {Unit} too, which says who is hidden, such as {Key}: {Example}.");
    }
}
