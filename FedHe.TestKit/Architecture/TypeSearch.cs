namespace FedHe.TestKit.Architecture;

/// <summary>
/// A type search visits the types that can be reached from some types, nearest first, and reports the path to a match.
/// </summary>
internal static class TypeSearch
{
    /// <summary>Finds the shortest path to a wanted type, or returns null when no path exists.</summary>
    /// <param name="start">The types to begin with, each with the name of its path.</param>
    /// <param name="isWanted">Tells whether the search ends at a type.</param>
    /// <param name="next">The types that one type leads to, each with the name of the step.</param>
    public static string? FindPath(
        IEnumerable<(Type Type, string Path)> start, Func<Type, bool> isWanted, Func<Type, IEnumerable<(Type Type, string Step)>> next)
    {
        var seen = new HashSet<Type>();
        var pending = new Queue<(Type Type, string Path)>(start);
        while (pending.TryDequeue(out (Type Type, string Path) place))
        {
            foreach (Type part in Parts(place.Type).Where(seen.Add))
            {
                string path = $"{place.Path}: {part.Name}";
                if (isWanted(part))
                {
                    return path;
                }

                foreach ((Type type, string step) in next(part))
                {
                    pending.Enqueue((type, $"{path}{step}"));
                }
            }
        }

        return null;
    }

    /// <summary>Lists a type with its element types and generic arguments.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return Parts(type.GetElementType()!);
        }

        return type.IsGenericType ? [type, .. type.GetGenericArguments().SelectMany(Parts)] : [type];
    }
}
