namespace FedHe.TestKit.Architecture;

internal static class TypeExtensions
{
    /// <summary>Returns the outermost type around a type or its elements, as a generic definition.</summary>
    public static Type Outermost(this Type type)
    {
        if (type.HasElementType)
        {
            return type.GetElementType()!.Outermost();
        }

        Type outermost = type;
        while (outermost.DeclaringType is { } outer && !outermost.IsGenericParameter)
        {
            outermost = outer;
        }

        return outermost.Definition();
    }

    /// <summary>Returns the generic definition of a generic type, or the type itself.</summary>
    public static Type Definition(this Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    /// <summary>
    /// Tells whether a type is another type, derives from it or implements it, regardless of generic arguments.
    /// </summary>
    public static bool Inherits(this Type type, Type ancestor)
    {
        for (Type? current = type; current is not null; current = current.BaseType)
        {
            if (current.Definition() == ancestor.Definition())
            {
                return true;
            }
        }

        return type.GetInterfaces().Any(contract => contract.Definition() == ancestor.Definition());
    }
}
