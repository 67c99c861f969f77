using FedHe.Tool.Output;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FedHe.Tool.Choices;

/// <summary>A node of a project file, with the place that messages name.</summary>
/// <param name="path">The path of the file.</param>
/// <param name="node">The node.</param>
/// <param name="key">The key whose value the node is, for messages.</param>
internal sealed class ProjectNode(string path, YamlNode node, string key)
{
    private const int LongestFile = 1 << 20;

    /// <summary>Whether nothing stands there.</summary>
    public bool IsEmpty => node is YamlScalarNode { Style: ScalarStyle.Plain } scalar && string.IsNullOrEmpty(scalar.Value);

    /// <summary>Reads a file, which must be one mapping.</summary>
    public static ProjectNode Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file is { Exists: true, Length: > LongestFile })
            {
                throw ToolException.Refused($"{path} is longer than 1 MiB, which no description of a federation is.");
            }

            using StreamReader reader = file.OpenText();
            var yaml = new YamlStream();
            yaml.Load(reader);
            return yaml.Documents.Count == 1 && yaml.Documents[0].RootNode is YamlMappingNode root
                ? new ProjectNode(path, root, "the file")
                : throw ToolException.Refused($"{path} must be one YAML mapping, of lines such as 'rounds: 10'.");
        }
        catch (YamlException fault)
        {
            throw ToolException.Refused($"{path}, line {fault.Start.Line}: {fault.Message}", fault);
        }
    }

    /// <summary>Refuses the node.</summary>
    public ToolException Refused(string message) => ToolException.Refused($"{path}, line {node.Start.Line}: {message}");

    /// <summary>The text of a node that has no parts.</summary>
    public string Text => node is YamlScalarNode { Value: { Length: > 0 } value } ? value : throw Refused($"{key} must be one value.");

    /// <summary>The entries of a mapping.</summary>
    public IEnumerable<(string Key, ProjectNode At, ProjectNode Value)> Entries(string example)
    {
        if (node is not YamlMappingNode mapping)
        {
            throw Refused($"{key} must be a mapping, such as {example}.");
        }

        foreach ((YamlNode name, YamlNode value) in mapping.Children)
        {
            var at = new ProjectNode(path, name, key);
            yield return (at.Text, at, new ProjectNode(path, value, at.Text));
        }
    }

    /// <summary>The items of a list.</summary>
    public IEnumerable<ProjectNode> Items(string example)
        => node is YamlSequenceNode list ? list.Children.Select(one => new ProjectNode(path, one, key)) : throw Refused($"{key} must be a list, such as {example}.");

    /// <summary>Whether the node is a list.</summary>
    public bool IsList => node is YamlSequenceNode;
}
