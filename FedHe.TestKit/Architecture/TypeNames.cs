using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>Names of types as C# writes them.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(char)] = "char",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
    };

    /// <summary>The name of a type whose nullability is not known.</summary>
    public static string Of(Type type) => Of(type, nullability: null);

    /// <summary>The name of a type, with a question mark where a reference may be null.</summary>
    public static string Of(Type type, NullabilityInfo? nullability)
    {
        if (type.IsByRef)
        {
            return Of(type.GetElementType()!, nullability);
        }

        string mark = !type.IsValueType && nullability?.ReadState == NullabilityState.Nullable ? "?" : "";
        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!, nullability?.ElementType)}[]{mark}";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Of(underlying) + "?";
        }

        if (Keywords.TryGetValue(type, out string? keyword))
        {
            return keyword + mark;
        }

        return OuterPrefix(type) + (type.IsGenericType ? Generic(type, nullability) : type.Name) + mark;
    }

    private static string OuterPrefix(Type type)
        => type is { IsNested: true, IsGenericParameter: false } ? $"{Of(type.DeclaringType!)}." : "";

    private static string Generic(Type type, NullabilityInfo? nullability)
    {
        Type[] arguments = type.GetGenericArguments();
        NullabilityInfo[] known = nullability?.GenericTypeArguments ?? [];
        IEnumerable<string> names = arguments.Select((argument, i) => Of(argument, i < known.Length ? known[i] : null));
        return $"{type.Name.Split('`')[0]}<{string.Join(", ", names)}>";
    }
}
