using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>A folder graph shows the uses of one folder of an assembly by another.</summary>
/// <remarks>
/// Every folder is a namespace and a separate node, so that a subfolder and its parent are two nodes like any others.
/// </remarks>
public sealed class FolderGraph
{
    private readonly SortedDictionary<string, SortedDictionary<string, CodeReference>> _edges = new(StringComparer.Ordinal);

    /// <summary>Creates the graph of an assembly.</summary>
    /// <param name="assembly">The assembly; only types of its own become nodes.</param>
    /// <param name="references">The uses of types that <see cref="CodeReader"/> read from it.</param>
    public FolderGraph(Assembly assembly, IEnumerable<CodeReference> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        foreach (Type type in CodeReader.TypesOf(assembly))
        {
            _edges.TryAdd(CodeReader.FolderOf(type), new SortedDictionary<string, CodeReference>(StringComparer.Ordinal));
        }

        foreach (CodeReference reference in references.OrderBy(reference => reference.ToString(), StringComparer.Ordinal))
        {
            string target = CodeReader.FolderOf(reference.Target);
            if (reference.Target.Assembly == assembly && target != CodeReader.FolderOf(reference.Source) && _edges.ContainsKey(target))
            {
                _edges[CodeReader.FolderOf(reference.Source)].TryAdd(target, reference);
            }
        }
    }

    /// <summary>The namespaces of the assembly, in sorted order.</summary>
    public IEnumerable<string> Folders => _edges.Keys;

    /// <summary>Lists the namespaces that a folder uses, in sorted order.</summary>
    public IEnumerable<string> UsedBy(string folder) => _edges[folder].Keys;

    /// <summary>Finds a shortest circle through every folder that lies in a circle, and lists each circle once.</summary>
    public IReadOnlyList<FolderCircle> FindCircles()
        => [.. Folders
            .Select(ShortestCircle)
            .OfType<string[]>()
            .DistinctBy(circle => string.Join(' ', circle.Order(StringComparer.Ordinal)))
            .Select(circle => new FolderCircle(circle, [.. circle.Zip([.. circle.Skip(1), circle[0]], (from, to) => _edges[from][to])]))];

    /// <summary>Searches breadth first for the shortest way from a folder back to itself.</summary>
    private string[]? ShortestCircle(string start)
    {
        var seen = new HashSet<string>();
        var pending = new Queue<string[]>([[start]]);
        while (pending.TryDequeue(out string[]? path))
        {
            foreach (string next in UsedBy(path[^1]))
            {
                if (next == start)
                {
                    return path;
                }

                if (seen.Add(next))
                {
                    pending.Enqueue([.. path, next]);
                }
            }
        }

        return null;
    }
}
