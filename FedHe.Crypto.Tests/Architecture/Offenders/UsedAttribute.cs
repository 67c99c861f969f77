namespace FedHe.Crypto.Tests.Architecture.Offenders;

[AttributeUsage(AttributeTargets.All)]
public sealed class UsedAttribute(Type type) : Attribute
{
    public Type Type => type;
}
