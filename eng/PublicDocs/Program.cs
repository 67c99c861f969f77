using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

// The compiler writes the documentation of internal and private members too. Users see it in their editor's search and in
// generated sites, and it names types that they cannot reach.
if (args is not [("keep" or "check") and var verb, var library, var documentation, .. var references])
{
    Console.Error.WriteLine("keep|check LIBRARY.dll LIBRARY.xml [REFERENCE.dll | @FILE-WITH-ONE-A-LINE]...");
    return 2;
}

List<string> others = [.. references.SelectMany(reference => reference.StartsWith('@') ? File.ReadAllLines(reference[1..]) : [reference])];
if (!others.Exists(path => Path.GetFileName(path) == "System.Runtime.dll"))
{
    others.AddRange(((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator));
}

MetadataReference target = MetadataReference.CreateFromFile(library);
var compilation = CSharpCompilation.Create(
    "documentation",
    references: [target, .. others.Where(path => Path.GetFileName(path) != Path.GetFileName(library)).Select(path => MetadataReference.CreateFromFile(path))],
    options: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, metadataImportOptions: MetadataImportOptions.All));
var assembly = (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(target)!;

Dictionary<string, bool> isPublic = [];
Visit(assembly.GlobalNamespace, isPublic, inPublic: true);

XDocument document = XDocument.Load(documentation, LoadOptions.PreserveWhitespace);
XElement[] members = [.. document.Descendants("member")];
string[] unknown = [.. members.Select(Id).Where(id => !isPublic.ContainsKey(id))];
if (unknown.Length > 0)
{
    Console.Error.WriteLine($"{documentation}: error : not in {library}: {string.Join(", ", unknown)}");
    return 1;
}

XElement[] superfluous =
[
    .. members.Where(member => !isPublic[Id(member)]),
    // What the parts of a partial class say about themselves is for those who read the source.
    .. members.Where(member => isPublic[Id(member)]).Elements("content"),
];
if (verb == "check")
{
    foreach (XElement element in superfluous)
    {
        Console.Error.WriteLine($"{documentation}: error : <{element.Name}> of {Id(element)} is not for users");
    }

    Console.WriteLine($"{members.Length - superfluous.Length} public members in {Path.GetFileName(documentation)}, {superfluous.Length} others");
    return superfluous.Length == 0 ? 0 : 1;
}

foreach (XElement element in superfluous)
{
    // With the white space before it.
    (element.PreviousNode as XText)?.Remove();
    element.Remove();
}

File.WriteAllText(documentation, $"{document.Declaration}\n{document}\n".ReplaceLineEndings("\n"));
return 0;

static string Id(XElement element) => element.AncestorsAndSelf("member").First().Attribute("name")!.Value;

static void Visit(INamespaceOrTypeSymbol container, Dictionary<string, bool> isPublic, bool inPublic)
{
    foreach (ISymbol member in container.GetMembers())
    {
        bool seen = inPublic && (member is INamespaceSymbol || member.DeclaredAccessibility
            is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal);
        // Members of the same name that only the runtime tells apart: public if one is.
        if (member is not INamespaceSymbol && member.GetDocumentationCommentId() is { } id)
        {
            isPublic[id] = seen || isPublic.GetValueOrDefault(id);
        }

        if (member is INamespaceOrTypeSymbol inner)
        {
            Visit(inner, isPublic, seen);
        }
    }
}
